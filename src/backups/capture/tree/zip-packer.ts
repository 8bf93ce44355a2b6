import type { Stats } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, deflateRaw } from 'node:zlib';
import { METHOD } from '../../../verification/zip-records.ts';
import { type RawName, rawBytes } from './raw-name.ts';
import type { FileUnreadable, SourceFile } from './source-file.ts';
import type { OnRead, PackedFile, PackedName, PackedSink, TreePacker } from './tree-packer.ts';
import { centralHeader, dataDescriptor, localHeader, type ZipHead, zipEnd } from './zip-heads.ts';

const packed = promisify(deflateRaw) as (bytes: Buffer) => Promise<Buffer>;

/** Files up to this size are read whole, so that they can be read again, and packed beside each other. */
const WHOLE_BYTES_MAX = 1_048_576;

/** Small files that are on their way at the same time: enough for the threads that compress. */
const WAITING_MAX = 16;

const PIECE_BYTES = 524_288;

/** An entry whose content is being compressed. */
interface WaitingEntry {
  readonly raw: RawName;
  readonly stats: Stats;
  readonly bytes: Buffer;
  readonly packed: Promise<Buffer> | undefined;
}

/**
 * Packs a tree as a zip archive with zip64 where it is needed. Small files are compressed in several threads at once, which no
 * library at hand does: for each file those cost several times what compressing it takes.
 */
export class ZipPacker implements TreePacker {
  readonly knowsHardLinks = false;
  /** A check compares entries of tar archives only; those of a zip have their CRC-32. */
  readonly entries = undefined;
  unpackedBytes = 0;
  readonly #sink: PackedSink;
  readonly #onRead: OnRead;
  readonly #waiting: WaitingEntry[] = [];
  readonly #directory: Buffer[] = [];
  #offset = 0;

  constructor(sink: PackedSink, onRead: OnRead) {
    this.#sink = sink;
    this.#onRead = onRead;
  }

  /** The directory that everything is in has no name in a zip. */
  async addDirectory({ raw }: PackedName, stats: Stats): Promise<void> {
    if (raw !== '') await this.#add({ raw: `${raw}/`, stats, bytes: NOTHING, packed: undefined });
  }

  addSymlink({ raw }: PackedName, stats: Stats, target: RawName): Promise<void> {
    return this.#add({ raw, stats, bytes: rawBytes(target), packed: undefined });
  }

  addHardLink(): never {
    throw new Error('a zip knows no hard links');
  }

  async addFile(name: PackedName, file: SourceFile): Promise<PackedFile> {
    const read = file.readWhole((sizeBytes) =>
      sizeBytes <= WHOLE_BYTES_MAX ? Buffer.allocUnsafe(sizeBytes) : undefined,
    );
    if (read === undefined) return this.#addLarge(name, file);
    const { bytes, stats, isChanged } = read;
    const packing = bytes.length === 0 ? undefined : packed(bytes);
    // Whoever writes it hears of it; it may be that nobody does any more.
    packing?.catch(() => {});
    await this.#add({ raw: name.raw, stats, bytes, packed: packing });
    await this.#onRead(bytes.length);
    return { isChanged };
  }

  async finish(): Promise<void> {
    await this.#drain(0);
    const directoryOffset = this.#offset;
    for (const header of this.#directory) await this.#write(header);
    await this.#write(zipEnd(this.#directory.length, directoryOffset, this.#offset - directoryOffset));
  }

  async #add(entry: WaitingEntry): Promise<void> {
    this.#waiting.push(entry);
    await this.#drain(WAITING_MAX);
  }

  /** Writes entries in their order until so many are left. */
  async #drain(leftMax: number): Promise<void> {
    while (this.#waiting.length > leftMax) {
      const entry = this.#waiting.shift();
      if (entry !== undefined) await this.#writeWhole(entry);
    }
  }

  async #writeWhole({ raw, stats, bytes, packed: packing }: WaitingEntry): Promise<void> {
    const deflated = await packing;
    const isSmaller = deflated !== undefined && deflated.length < bytes.length;
    const data = isSmaller ? deflated : bytes;
    const head: ZipHead = {
      ...{ raw, stats, method: isSmaller ? METHOD.deflate : METHOD.stored, hasDescriptor: false },
      ...{ crc: crc32(bytes), packedBytes: data.length, sizeBytes: bytes.length },
    };
    this.#list(head, this.#offset);
    await this.#write(localHeader(head));
    if (data.length > 0) await this.#write(data);
  }

  async #addLarge({ raw }: PackedName, file: SourceFile): Promise<PackedFile> {
    await this.#drain(0);
    const localOffset = this.#offset;
    const open = { raw, stats: file.stats, method: METHOD.deflate, hasDescriptor: true };
    await this.#write(localHeader({ ...open, crc: 0, packedBytes: 0, sizeBytes: 0 }));
    const dataOffset = this.#offset;
    const content = new LargeContent(file, this.#onRead);
    const deflate = createDeflateRaw({ chunkSize: PIECE_BYTES });
    const feeding = pipeline(Readable.from(content.pieces(), { objectMode: false }), deflate);
    feeding.catch(() => {});
    for await (const piece of deflate as AsyncIterable<Buffer>) await this.#write(piece);
    await feeding;
    const packedBytes = this.#offset - dataOffset;
    const head: ZipHead = { ...open, crc: content.crc, packedBytes, sizeBytes: content.readBytes };
    await this.#write(dataDescriptor(head));
    this.#list(head, localOffset);
    return content.result();
  }

  #list(head: ZipHead, localOffset: number): void {
    this.#directory.push(centralHeader(head, localOffset));
    this.unpackedBytes += head.sizeBytes;
  }

  #write(bytes: Buffer): Promise<void> {
    this.#offset += bytes.length;
    return this.#sink.write(bytes);
  }
}

const NOTHING = Buffer.alloc(0);

/** The content of a large file as it is read, up to the size that it had when it was opened. */
class LargeContent {
  readBytes = 0;
  crc = 0;
  #failure: FileUnreadable | undefined;
  readonly #file: SourceFile;
  readonly #onRead: OnRead;

  constructor(file: SourceFile, onRead: OnRead) {
    this.#file = file;
    this.#onRead = onRead;
  }

  async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    while (this.readBytes < this.#file.stats.size) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.#file.stats.size - this.readBytes));
      const read = this.#file.tryReadOn(piece);
      if (typeof read !== 'number') this.#failure = read;
      if (typeof read !== 'number' || read === 0) return;
      const bytes = piece.subarray(0, read);
      this.readBytes += bytes.length;
      this.crc = crc32(bytes, this.crc);
      await this.#onRead(bytes.length);
      yield bytes;
    }
  }

  result(): PackedFile {
    if (this.#failure !== undefined) return { isChanged: false, failure: this.#failure };
    return { isChanged: this.#file.isChanged || this.readBytes < this.#file.stats.size };
  }
}
