import { once } from 'node:events';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TarArchive } from 'archiver';
import { FileSink } from './file-sink.ts';

const READ_BYTES = 1_048_576;

/**
 * Packs a few finished files into a new .tar.zst, which is on disk when this returns. When it fails, what there is of the
 * target is the caller's to remove.
 *
 * The archiver ends the whole process when an entry has another length than it was told, and also when its output is
 * destroyed under way (a full disk, a cancelled run). So nothing ever goes wrong before its eyes: every entry is exactly as
 * long as announced, its output is always read to the end, and what did go wrong is thrown afterwards.
 */
export async function packBundle(
  directory: string,
  names: readonly string[],
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  // All of them at once: a file that shrinks while another one is packed has to be noticed as well.
  const files = await Promise.all(names.map(async (name) => ({ name, stats: await stat(join(directory, name)) })));
  const bundle = new Bundle(signal);
  await using sink = new FileSink(target, { packing: 'zstd' });
  const written = bundle.writeTo(sink);
  for (const { name, stats } of files) {
    if (bundle.hasFailed) break;
    await bundle.add(join(directory, name), name, stats);
  }
  bundle.archive.finalize();
  await written;
  bundle.throwFailure();
  await sink.finish();
}

class Bundle {
  readonly archive = new TarArchive();
  readonly #signal: AbortSignal | undefined;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.archive.on('error', (thrown) => this.#fail(thrown));
    this.archive.on('warning', (thrown) => this.#fail(thrown));
  }

  get hasFailed(): boolean {
    if (this.#signal?.aborted) this.#fail(this.#signal.reason);
    return this.#failure !== undefined;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  /** Takes everything that the archiver gives, also when nothing of it is of use any more. */
  async writeTo(sink: FileSink): Promise<void> {
    for await (const bytes of this.archive as AsyncIterable<Buffer>) {
      if (!this.hasFailed) await sink.write(bytes).catch((thrown: unknown) => this.#fail(thrown));
    }
  }

  /** Resolves when the entry is in the archive. */
  async add(path: string, name: string, stats: Stats): Promise<void> {
    const entered = once(this.archive, 'entry');
    const source = Readable.from(this.#exactly(path, stats.size), { objectMode: false });
    this.archive.append(source, { name, mode: 0o600, date: stats.mtime, stats });
    await entered;
  }

  /** The file's bytes, and exactly `sizeBytes` of them: zeros stand for what cannot or need not be read. */
  async *#exactly(path: string, sizeBytes: number): AsyncGenerator<Buffer> {
    let position = 0;
    try {
      await using handle = await open(path, 'r');
      while (position < sizeBytes && !this.hasFailed) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes - position));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) throw new Error(`${path} became shorter while it was packed`);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
    const zeros = Buffer.alloc(Math.min(READ_BYTES, sizeBytes - position));
    while (position < sizeBytes) {
      const piece = zeros.subarray(0, sizeBytes - position);
      position += piece.length;
      yield piece;
    }
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown };
  }
}
