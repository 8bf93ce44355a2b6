import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createZstdDecompress } from 'node:zlib';
import { UnpackSync } from 'tar';
import { messageOf } from '../kernel/errors.ts';

/** What the thread is given. */
export interface UnpackTask {
  readonly archive: string;
  readonly target: string;
}

/** What the thread says: progress as often as it reads, and one end. */
export type UnpackMessage =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'done'; readonly sha256: string; readonly files: number }
  | {
      readonly kind: 'failed';
      readonly blame: 'archive' | 'hostile' | 'target';
      readonly message: string;
      readonly code: string;
    };

const READ_BYTES = 1_048_576;
const DECODED_CHUNK_BYTES = 1_048_576;

function say(message: UnpackMessage): void {
  parentPort?.postMessage(message);
}

/**
 * The synchronous unpacker is several times faster than the other one for many small files, and leaves nothing in flight
 * when it fails; that is why it has a thread of its own.
 */
async function unpack({ archive, target }: UnpackTask): Promise<UnpackMessage> {
  const hash = createHash('sha256');
  const unpacker = new Unpacker(target);
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
    unpacker,
  );
  return { kind: 'done', sha256: hash.digest('hex'), files: unpacker.files };
}

/** Writes the entries of a tar stream: files and directories only, for their owner alone. */
class Unpacker extends Writable {
  files = 0;
  readonly #tar: UnpackSync;
  #failure: Error | undefined;

  constructor(target: string) {
    super();
    this.#tar = new UnpackSync({
      cwd: target,
      strict: true,
      preserveOwner: false,
      noMtime: true,
      filter: (path, entry) => {
        if (!('type' in entry)) return true;
        const isFile = entry.type === 'File' || entry.type === 'OldFile';
        if (!isFile && entry.type !== 'Directory') throw new HostileEntry(path, entry.type);
        // Modes, owners and times mean nothing here: the server's files belong to whoever runs the server.
        entry.mode = isFile ? 0o600 : 0o700;
        if (isFile) this.files += 1;
        return true;
      },
    });
    this.#tar.on('error', (error: Error) => {
      this.#failure ??= error;
    });
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#settle(() => this.#tar.write(bytes), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#settle(() => this.#tar.end(), done);
  }

  #settle(step: () => unknown, done: (error?: Error) => void): void {
    try {
      step();
      done(this.#failure);
    } catch (thrown) {
      done(thrown as Error);
    }
  }
}

class HostileEntry extends Error {
  constructor(path: string, type: string) {
    super(`it holds ${JSON.stringify(path)}, a ${type}: only files and directories are unpacked`);
  }
}

function failureOf(thrown: unknown): UnpackMessage {
  const { code = '', syscall } = thrown as NodeJS.ErrnoException;
  const message = messageOf(thrown);
  if (thrown instanceof HostileEntry) return { kind: 'failed', blame: 'hostile', message, code };
  // The system's refusals to write say nothing about the backup.
  const isTarget = syscall !== undefined && syscall !== 'read' && !(syscall === 'open' && code === 'ENOENT');
  return { kind: 'failed', blame: isTarget ? 'target' : 'archive', message, code };
}

// Last, because the classes above exist only once their lines have run.
await unpack(workerData as UnpackTask).then(say, (thrown: unknown) => say(failureOf(thrown)));
