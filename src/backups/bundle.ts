import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { TarArchive } from 'archiver';
import { ZSTD_OPTIONS } from './file-sink.ts';

const READ_BYTES = 1_048_576;

/**
 * Packs a few finished files into a new .tar.zst, which is on disk when this returns. The archiver ends the whole process
 * when a file's length differs from what it was told, so it is given streams that always have that length; what went
 * wrong while reading is thrown at the end.
 */
export async function packBundle(
  directory: string,
  names: readonly string[],
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const archive = new TarArchive();
  const output = createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true });
  const written = pipeline(archive, createZstdCompress(ZSTD_OPTIONS), output, signal ? { signal } : {});
  const failures: unknown[] = [];
  const sources: Readable[] = [];
  try {
    for (const name of names) sources.push(await appendFile(archive, directory, name, failures));
    await Promise.all([archive.finalize(), written]);
  } catch (thrown) {
    failures.push(thrown);
  } finally {
    for (const source of sources) source.destroy();
    await written.catch((thrown: unknown) => failures.push(thrown));
  }
  if (failures.length > 0) throw failures[0];
}

async function appendFile(
  archive: TarArchive,
  directory: string,
  name: string,
  failures: unknown[],
): Promise<Readable> {
  const path = join(directory, name);
  const handle = await open(path, 'r');
  const stats = await handle.stat();
  await handle.close();
  const source = Readable.from(exactly(path, stats.size, failures), { objectMode: false });
  archive.append(source, { name, mode: 0o600, date: stats.mtime, stats });
  return source;
}

/** The file's bytes, and exactly `sizeBytes` of them: zeros stand for what cannot be read. */
async function* exactly(path: string, sizeBytes: number, failures: unknown[]): AsyncGenerator<Buffer> {
  let position = 0;
  try {
    await using handle = await open(path, 'r');
    while (position < sizeBytes) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was packed`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (thrown) {
    failures.push(thrown);
  }
  while (position < sizeBytes) {
    const length = Math.min(READ_BYTES, sizeBytes - position);
    position += length;
    yield Buffer.alloc(length);
  }
}
