import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { repositoryUnavailable } from '../repository.identity.ts';
import type { ListingMessage, ListingTask } from './listing.worker.ts';
import type { GatheringNews } from './repository-gathering.ts';

/** A listing that says nothing for so long has met a file server that does not answer. One directory is read in one piece. */
const SILENT_MS_MAX = 60_000;

/** Whoever waits for a listing is told so often that it goes on. */
const WAITING_MS = 5000;

/** What a listing tells: what its thread says, and in between that it is still waited for. */
export type ListingNews = GatheringNews | { readonly kind: 'waiting' };

/**
 * Lists repositories, each in a thread of its own: a file server that does not answer holds that thread and nothing else. What
 * is not answered is left behind, and until it comes to its end its repository is not asked again.
 */
export class RepositoryLister {
  readonly #silentMsMax: number;
  /** The roots of repositories that owe an answer. */
  readonly #owing = new Set<string>();
  /** To load it takes as long as to list thousands of files. While it waits it keeps no process alive. */
  #idle: Worker | undefined;

  constructor({ silentMsMax = SILENT_MS_MAX }: { readonly silentMsMax?: number } = {}) {
    this.#silentMsMax = silentMsMax;
  }

  /**
   * Lists the repository of this root. The next piece is made while one is looked at, and not much more.
   * @throws the signal's reason; AppError `unavailable` `repository-unavailable` when nothing is heard for long; Error when the
   * thread fails, which is a bug.
   */
  async *list(root: string, task: Omit<ListingTask, 'taken'>, signal: AbortSignal): AsyncGenerator<ListingNews> {
    signal.throwIfAborted();
    this.#requireAnswered(root);
    const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const thread = this.#idle ?? this.#load();
    this.#idle = undefined;
    thread.ref();
    const inbox = new Inbox(thread, signal);
    let isGood = false;
    try {
      thread.postMessage({ ...task, taken: taken.buffer } satisfies ListingTask);
      for await (const message of this.#messages(inbox, root)) {
        signal.throwIfAborted();
        yield message;
        isGood = message.kind === 'end';
        if (isGood) return;
        if (message.kind === 'waiting') continue;
        Atomics.add(taken, 0, 1);
        Atomics.notify(taken, 0);
      }
    } finally {
      inbox.close();
      if (isGood && this.#idle === undefined) this.#keep(thread);
      else await this.#end(root, thread);
    }
  }

  /**
   * Asks a repository something else, and waits no longer for it than for a listing.
   * @throws what `look` throws; AppError `unavailable` `repository-unavailable` when there is no answer.
   */
  async ask<T>(root: string, look: () => Promise<T>): Promise<T> {
    this.#requireAnswered(root);
    const answer = look();
    const isOver = answer.then(
      () => true,
      () => true,
    );
    if (await within(this.#silentMsMax, isOver)) return answer;
    this.#owes(root, isOver);
    throw this.#unanswered(root);
  }

  async *#messages(inbox: Inbox, root: string): AsyncGenerator<ListingNews> {
    const waitMs = Math.min(WAITING_MS, this.#silentMsMax);
    for (let silentMs = 0; silentMs < this.#silentMsMax; ) {
      const message = await inbox.next(waitMs);
      silentMs = message === undefined ? silentMs + waitMs : 0;
      if (message?.kind === 'failed') throw new Error(`${root} could not be listed: ${message.message}`);
      yield message ?? { kind: 'waiting' };
    }
    throw this.#unanswered(root);
  }

  #load(): Worker {
    const thread = new Worker(new URL('./listing.worker.ts', import.meta.url));
    // An idle thread that dies is replaced when it is wanted; one that works has its own listeners besides.
    const forget = () => {
      if (this.#idle === thread) this.#idle = undefined;
    };
    thread.on('error', forget);
    thread.on('exit', forget);
    return thread;
  }

  #keep(thread: Worker): void {
    thread.unref();
    this.#idle = thread;
  }

  /** A thread that waits for the system cannot be ended: it is not waited for. */
  async #end(root: string, thread: Worker): Promise<void> {
    const isOver = thread.terminate().then(() => true);
    thread.unref();
    if (!(await within(ENDING_MS_MAX, isOver))) this.#owes(root, isOver);
  }

  #owes(root: string, isOver: Promise<unknown>): void {
    this.#owing.add(root);
    void isOver.finally(() => this.#owing.delete(root));
  }

  #requireAnswered(root: string): void {
    if (this.#owing.has(root)) throw repositoryUnavailable(root, 'what it was asked before is not answered yet');
  }

  #unanswered(root: string): Error {
    return repositoryUnavailable(root, `it has not answered for ${this.#silentMsMax / 1000} seconds`);
  }
}

/** A thread that computes ends at once. */
const ENDING_MS_MAX = 1000;

/** Whether something is over in time. */
async function within(ms: number, isOver: Promise<boolean>): Promise<boolean> {
  const waiting = new AbortController();
  try {
    return await Promise.race([isOver, pause(ms, false, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

/** The messages of a thread, one after the other. */
class Inbox {
  readonly #messages: ListingMessage[] = [];
  readonly #thread: Worker;
  readonly #signal: AbortSignal;
  #fault: { readonly thrown: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(thread: Worker, signal: AbortSignal) {
    this.#thread = thread;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    thread.on('message', this.#onMessage).on('error', this.#onError).on('exit', this.#onExit);
  }

  /** Undefined when none came in this time, or the signal is aborted. @throws Error when the thread failed. */
  async next(waitMs: number): Promise<ListingMessage | undefined> {
    if (this.#messages.length === 0 && this.#fault === undefined && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const message = this.#messages.shift();
    if (message === undefined && this.#fault !== undefined) throw this.#fault.thrown;
    return message;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#thread.off('message', this.#onMessage).off('error', this.#onError).off('exit', this.#onExit);
  }

  readonly #onAbort = (): void => this.#wake();

  readonly #onMessage = (message: ListingMessage): void => {
    this.#messages.push(message);
    this.#wake();
  };

  readonly #onError = (thrown: unknown): void => {
    this.#fault ??= { thrown };
    this.#wake();
  };

  readonly #onExit = (code: number): void => this.#onError(new Error(`the listing thread ended with status ${code}`));
}
