import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ChunkDigests, FileDigest, WantedDigests } from './chunked-digest.ts';
import type { DigestTask } from './digest.worker.ts';
import { DigestRing } from './digest-ring.ts';
import { type Digester, InlineDigester, type ReadBuffers, TwoBuffers } from './digester.ts';

/** Files below this are digested before another thread would have been woken. */
const THREAD_BYTES_MIN = 4_194_304;

/** Makes a digester for each file. */
export interface DigestSource {
  digester(sizeBytes: number, wanted: WantedDigests): Digester;
}

/** Digests in the reading thread, always. */
export const INLINE_DIGESTS: DigestSource = { digester: (_, wanted) => new InlineDigester(wanted) };

/**
 * Digests large files in a thread of its own, so that decoding and walking have the reading thread for themselves. One file
 * at a time; small files are digested where they are read.
 */
export class DigestThread implements DigestSource {
  readonly #ring = new DigestRing();
  readonly #buffers = new TwoBuffers();
  #worker: Worker | undefined;
  #busy: Promise<unknown> = Promise.resolve();

  /** Loads the thread ahead of a file of this size, if such a file is digested in it. */
  load(sizeBytes: number): void {
    if (sizeBytes >= THREAD_BYTES_MIN) this.#worker ??= this.#start();
  }

  digester(sizeBytes: number, wanted: WantedDigests): Digester {
    if (sizeBytes < THREAD_BYTES_MIN) return new InlineDigester(wanted, this.#buffers);
    this.#worker ??= this.#start();
    const digester = new ThreadDigester(this.#ring, this.#worker, wanted, this.#busy);
    this.#busy = digester.done.catch(() => {});
    return digester;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** While it has nothing to do it keeps no process alive. One that died is replaced for the next file. */
  #start(): Worker {
    const worker = new Worker(new URL('./digest.worker.ts', import.meta.url));
    worker.unref();
    const forget = () => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    // Why it died the file hears that it was working on.
    worker.on('error', forget);
    worker.on('exit', forget);
    return worker;
  }
}

class ThreadDigester implements Digester {
  readonly buffers: ReadBuffers;
  /** Settles when the thread has left the file. */
  readonly done: Promise<FileDigest>;
  readonly #ring: DigestRing;
  #taken = 0;
  #sent = 0;
  #hasBegun = false;
  #hasEnded = false;
  #fault: { readonly thrown: unknown } | undefined;

  constructor(ring: DigestRing, worker: Worker, wanted: WantedDigests, before: Promise<unknown>) {
    this.#ring = ring;
    this.done = before.then(() => {
      ring.reset();
      this.#hasBegun = true;
      if (this.#hasEnded) ring.end();
      return digestBy(worker, { memory: ring.memory, wanted });
    });
    // Whoever asks for the digests, or for the next buffer, hears of a thread that died; nobody waits for it any more.
    this.done.catch((thrown: unknown) => {
      this.#fault = { thrown };
      ring.abandon();
    });
    const isReady = before.then(() => {});
    this.buffers = {
      next: () => {
        const number = this.#taken;
        this.#taken += 1;
        if (this.#fault !== undefined) throw this.#fault.thrown;
        return number === 0 ? isReady.then(() => ring.slot(number)) : ring.slot(number);
      },
    };
  }

  update(bytes: Buffer): void {
    this.#ring.send(this.#sent, bytes.length);
    this.#sent += 1;
  }

  finish(): Promise<FileDigest> {
    this.close();
    return this.done;
  }

  close(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#hasBegun) this.#ring.end();
  }
}

async function digestBy(worker: Worker, task: DigestTask): Promise<FileDigest> {
  const settled = new AbortController();
  const { signal } = settled;
  const answer = once(worker, 'message', { signal });
  const exit = once(worker, 'exit', { signal }).then(() => {
    throw new Error('the digesting thread ended before its file did');
  });
  worker.ref();
  worker.postMessage(task);
  try {
    const [digest] = (await Promise.race([answer, exit])) as [FileDigest];
    return withBuffer(digest);
  } finally {
    worker.unref();
    answer.catch(() => {});
    exit.catch(() => {});
    settled.abort();
  }
}

/** A buffer arrives from another thread as a plain array of bytes. */
export function withBuffer({ chunks, ...digest }: FileDigest): FileDigest {
  if (chunks === undefined) return digest;
  const restored: ChunkDigests = { ...chunks, chunkDigests: Buffer.from(chunks.chunkDigests) };
  return { ...digest, chunks: restored };
}
