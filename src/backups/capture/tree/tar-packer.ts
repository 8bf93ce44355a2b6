import { createHash, hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { LISTED_ENTRIES_MAX } from '../../../verification/limits.ts';
import type { ManifestEntry } from '../../../verification/manifest.ts';
import { BlockOutput } from './block-output.ts';
import { type RawName, shownName } from './raw-name.ts';
import type { FileUnreadable, SourceFile } from './source-file.ts';
import { BLOCK_BYTES, mtimeSeconds, padded, type TarHead, TarHeads } from './tar-heads.ts';
import type { OnRead, PackedFile, PackedName, PackedSink, TreePacker } from './tree-packer.ts';

/** Files up to this size are read whole before anything is said of them, so that they can be read again. */
const WHOLE_BYTES_MAX = 262_144;

/**
 * Packs a tree as a tar archive and describes its entries from the bytes that go into it. Headers and contents are put together
 * in place, in large blocks.
 */
export class TarPacker implements TreePacker {
  readonly knowsHardLinks = true;
  readonly unpackedBytes = undefined;
  readonly #output: BlockOutput;
  readonly #onRead: OnRead;
  readonly #heads = new TarHeads();
  #entries: ManifestEntry[] | undefined = [];

  constructor(sink: PackedSink, onRead: OnRead) {
    this.#output = new BlockOutput(sink);
    this.#onRead = onRead;
  }

  get entries(): readonly ManifestEntry[] | undefined {
    return this.#entries;
  }

  addDirectory({ raw, path }: PackedName, stats: Stats): Promise<void> {
    return this.#addBare(path, { type: 'directory', raw, stats, sizeBytes: 0 });
  }

  addSymlink({ raw, path }: PackedName, stats: Stats, target: RawName): Promise<void> {
    return this.#addBare(path, { type: 'symlink', raw, stats, sizeBytes: 0, target });
  }

  addHardLink({ raw, path }: PackedName, stats: Stats, target: RawName): Promise<void> {
    return this.#addBare(path, { type: 'hardlink', raw, stats, sizeBytes: 0, target });
  }

  async addFile(name: PackedName, file: SourceFile): Promise<PackedFile> {
    const { size } = file.stats;
    const headBytes = this.#heads.bytesFor({ raw: name.raw, type: 'file' });
    const isSmall = size <= WHOLE_BYTES_MAX;
    if (this.#output.roomBytes < headBytes + (isSmall ? padded(size) : 0)) await this.#output.send();
    const whole = isSmall ? await this.#addWhole(name, file, headBytes) : undefined;
    return whole ?? this.#addLarge(name, file);
  }

  async finish(): Promise<void> {
    const output = this.#output;
    if (output.roomBytes < 2 * BLOCK_BYTES) await output.send();
    output.block.fill(0, output.used, output.used + 2 * BLOCK_BYTES);
    output.used += 2 * BLOCK_BYTES;
    await output.end();
  }

  async #addBare(path: string, head: TarHead): Promise<void> {
    const output = this.#output;
    if (output.roomBytes < this.#heads.bytesFor(head)) await output.send();
    output.used = this.#heads.write(output.block, output.used, head);
    this.#list(path, head);
  }

  /** Undefined when it has become too long for that. */
  async #addWhole({ raw, path }: PackedName, file: SourceFile, headBytes: number): Promise<PackedFile | undefined> {
    const output = this.#output;
    const dataAt = output.used + headBytes;
    const read = file.readWhole((sizeBytes) => {
      const fits = dataAt + padded(sizeBytes) <= output.block.length;
      return fits ? output.block.subarray(dataAt, dataAt + sizeBytes) : undefined;
    });
    if (read === undefined) return undefined;
    const { bytes, stats, isChanged } = read;
    const head: TarHead = { type: 'file', raw, stats, sizeBytes: bytes.length };
    this.#heads.write(output.block, output.used, head);
    output.used = dataAt + padded(bytes.length);
    output.block.fill(0, dataAt + bytes.length, output.used);
    this.#list(path, head, hash('sha256', bytes));
    await this.#onRead(bytes.length);
    return { isChanged };
  }

  /** Exactly as many bytes as its header says, whatever becomes of it meanwhile: zeros stand for what is not there. */
  async #addLarge({ raw, path }: PackedName, file: SourceFile): Promise<PackedFile> {
    const output = this.#output;
    const head: TarHead = { type: 'file', raw, stats: file.stats, sizeBytes: file.stats.size };
    output.used = this.#heads.write(output.block, output.used, head);
    const digest = createHash('sha256');
    let readBytes = 0;
    let failure: FileUnreadable | undefined;
    for (let left = head.sizeBytes; left > 0; ) {
      if (output.roomBytes === 0) await output.send();
      const piece = output.block.subarray(output.used, output.used + Math.min(left, output.roomBytes));
      const read = failure ?? file.tryReadOn(piece);
      if (typeof read !== 'number') failure = read;
      const length = typeof read === 'number' ? read : 0;
      piece.fill(0, length);
      digest.update(piece);
      output.used += piece.length;
      left -= piece.length;
      readBytes += length;
      await this.#onRead(length);
    }
    await this.#pad(head.sizeBytes);
    this.#list(path, head, digest.digest('hex'));
    const isChanged = failure === undefined && (file.isChanged || readBytes < head.sizeBytes);
    return { isChanged, ...(failure === undefined ? {} : { failure }) };
  }

  async #pad(sizeBytes: number): Promise<void> {
    const output = this.#output;
    const zeros = padded(sizeBytes) - sizeBytes;
    if (output.roomBytes < zeros) await output.send();
    output.block.fill(0, output.used, output.used + zeros);
    output.used += zeros;
  }

  /** An archive of more entries than a manifest lists has none of them listed. */
  #list(path: string, { type, stats, sizeBytes, target }: TarHead, sha256?: string): void {
    if (this.#entries?.length === LISTED_ENTRIES_MAX) this.#entries = undefined;
    this.#entries?.push({
      ...{ path: path || '.', type, sizeBytes, mode: stats.mode & 0o7777, mtimeSeconds: mtimeSeconds(stats) },
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(target === undefined ? {} : { target: shownName(target) }),
    });
  }
}
