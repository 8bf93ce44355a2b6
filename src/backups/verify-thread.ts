import { Worker } from 'node:worker_threads';
import type { CheckResult } from '../verification/recovery-point.ts';
import type { UnpackedArchive, VerifyMessage, VerifyTask } from './verify.worker.ts';

/** What a check in the thread gives. */
export interface VerifiedInThread {
  readonly check: CheckResult;
  /** The archives that were unpacked on the way; none unless the check is sound. */
  readonly unpacked: readonly UnpackedArchive[];
}

/**
 * Checks recovery points in a thread of its own, and unpacks a base backup from the very bytes that it checks: read and
 * decoded once, and what was verified is what was unpacked. The thread is kept, because to load it takes longer than to
 * check a small backup; while it waits it keeps no process alive.
 */
export class VerifyThread {
  #idle: Worker | undefined;
  #closed = false;

  /** Loads the thread, so that it is there when it is wanted. */
  start(): void {
    if (!this.#closed) this.#idle ??= this.#load();
  }

  /**
   * Runs one check; several at once get a thread each. An abort ends the thread, so that nothing is written afterwards.
   * @throws the signal's reason; whatever keeps the check from being made.
   */
  async verify(
    task: VerifyTask,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: (bytesRead: number, totalBytes: number) => void;
    } = {},
  ): Promise<VerifiedInThread> {
    const { signal } = options;
    signal?.throwIfAborted();
    const thread = this.#idle ?? this.#load();
    this.#idle = undefined;
    thread.ref();
    let isGood = false;
    try {
      const end = await endOf(thread, task, options);
      isGood = true;
      return end;
    } finally {
      if (isGood && this.#idle === undefined && !this.#closed) this.#keep(thread);
      else await thread.terminate();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#idle?.terminate();
    this.#idle = undefined;
  }

  #load(): Worker {
    const thread = new Worker(new URL('./verify.worker.ts', import.meta.url));
    // An idle thread that dies is replaced when it is wanted; one that works has its own listeners besides.
    const forget = () => {
      if (this.#idle === thread) this.#idle = undefined;
    };
    thread.on('error', forget);
    thread.on('exit', forget);
    thread.unref();
    return thread;
  }

  #keep(thread: Worker): void {
    thread.unref();
    this.#idle = thread;
  }
}

async function endOf(
  thread: Worker,
  task: VerifyTask,
  { signal, onProgress }: NonNullable<Parameters<VerifyThread['verify']>[1]>,
): Promise<VerifiedInThread> {
  const { promise, resolve, reject } = Promise.withResolvers<VerifiedInThread>();
  const abort = () => reject(signal?.reason);
  const exit = (code: number) => reject(new Error(`the checking thread ended with status ${code}`));
  const message = (said: VerifyMessage) => {
    if (said.kind === 'failed') reject(new Error(said.message));
    else if (said.kind === 'done') resolve({ check: said.check, unpacked: said.unpacked });
    else if (!signal?.aborted) onProgress?.(said.bytesRead, said.totalBytes);
  };
  signal?.addEventListener('abort', abort, { once: true });
  thread.on('message', message).on('error', reject).on('exit', exit);
  try {
    thread.postMessage(task);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    thread.off('message', message).off('error', reject).off('exit', exit);
  }
}
