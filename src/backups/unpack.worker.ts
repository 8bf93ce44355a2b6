import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createZstdDecompress } from 'node:zlib';
import { ArchiveWriter } from './archive-writer.ts';
import { type UnpackFailure, unpackFailureOf } from './unpack-failure.ts';

/** What the thread is given. */
export interface UnpackTask {
  readonly archive: string;
  readonly target: string;
}

/** What the thread says: progress as often as it reads, and one end. */
export type UnpackMessage =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'done'; readonly sha256: string; readonly files: number }
  | ({ readonly kind: 'failed' } & UnpackFailure);

const READ_BYTES = 1_048_576;
const DECODED_CHUNK_BYTES = 1_048_576;

function say(message: UnpackMessage): void {
  parentPort?.postMessage(message);
}

/** Writing is synchronous (`ArchiveWriter`), which is why it has a thread of its own. */
async function unpack({ archive, target }: UnpackTask): Promise<UnpackMessage> {
  const hash = createHash('sha256');
  const writer = new ArchiveWriter(target);
  await pipeline(
    createReadStream(archive, { highWaterMark: READ_BYTES }),
    async function* (stored: AsyncIterable<Buffer>) {
      for await (const bytes of stored) {
        hash.update(bytes);
        say({ kind: 'progress', bytes: bytes.length });
        yield bytes;
      }
    },
    createZstdDecompress({ chunkSize: DECODED_CHUNK_BYTES }),
    new Writable({
      write: (bytes: Buffer, _encoding, done) => settle(() => writer.write(bytes), done),
      final: (done) => settle(() => writer.end(), done),
    }),
  );
  return { kind: 'done', sha256: hash.digest('hex'), files: writer.files };
}

function settle(step: () => void, done: (error?: Error) => void): void {
  try {
    step();
    done();
  } catch (thrown) {
    done(thrown as Error);
  }
}

unpack(workerData as UnpackTask).then(say, (thrown: unknown) => say({ kind: 'failed', ...unpackFailureOf(thrown) }));
