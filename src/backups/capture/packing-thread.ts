import { Worker } from 'node:worker_threads';
import type { FileDigest } from '../../verification/chunked-digest.ts';
import { DigestRing } from '../../verification/digest-ring.ts';
import { withBuffer } from '../../verification/digest-thread.ts';
import type { DigestedSink } from './digested-file.ts';
import type { PackingEnd, PackingTask } from './packing.worker.ts';

/**
 * Writes one new file in a thread of its own, which packs, digests and stores the bytes while others are gathered here. Some
 * megabytes lie between the two, so that neither stands still when the other is held up.
 */
export class PackingThread implements DigestedSink {
  readonly #ring = new DigestRing();
  readonly #worker: Worker;
  readonly #done: Promise<FileDigest>;
  #failure: { readonly thrown: unknown } | undefined;
  /** The piece that is filled. */
  #slot: Buffer | undefined;
  #used = 0;
  #sent = 0;

  constructor(task: Omit<PackingTask, 'memory'>) {
    const workerData: PackingTask = { ...task, memory: this.#ring.memory };
    this.#worker = new Worker(new URL('./packing.worker.ts', import.meta.url), { workerData });
    this.#done = endOf(this.#worker);
    // Told to whoever writes or finishes; nobody waits for the thread any more.
    this.#done.catch((thrown: unknown) => {
      this.#failure = { thrown };
      this.#ring.abandon();
    });
  }

  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const slot = this.#slot ?? (await this.#ring.slot(this.#sent));
      if (this.#failure !== undefined) throw this.#failure.thrown;
      this.#slot = slot;
      const length = bytes.copy(slot, this.#used, at);
      at += length;
      this.#used += length;
      if (this.#used === slot.length) this.#send();
    }
  }

  finish(): Promise<FileDigest> {
    if (this.#used > 0) this.#send();
    this.#ring.end();
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #send(): void {
    this.#ring.send(this.#sent, this.#used);
    this.#sent += 1;
    this.#slot = undefined;
    this.#used = 0;
  }
}

function endOf(worker: Worker): Promise<FileDigest> {
  const { promise, resolve, reject } = Promise.withResolvers<FileDigest>();
  worker.on('message', (end: PackingEnd) => {
    if (end.type === 'done') resolve(withBuffer(end.digest));
    else reject(Object.assign(new Error(end.message), { code: end.code }));
  });
  worker.on('error', reject);
  worker.on('exit', () => reject(new Error('the packing thread ended before its file did')));
  return promise;
}
