import { setTimeout as delay } from 'node:timers/promises';

export interface SharedWatchOptions<State> {
  /**
   * Reads how the thing of that key is now. While nothing has changed it answers `previous` itself, the very same object:
   * by that its watchers are left in peace.
   */
  readonly read: (key: string, previous: State | undefined) => Promise<State>;
  /** From the end of one reading to the next one. */
  readonly intervalMs: number;
}

/**
 * Looks again and again at things that somebody watches: each of them is read by one loop, however many watch it, and by none
 * when nobody does. A watcher that is slow gets the newest state when it comes back for it, and never those in between: so
 * nothing piles up for it.
 */
export class SharedWatch<State extends object> {
  readonly #options: SharedWatchOptions<State>;
  readonly #subjects = new Map<string, Subject<State>>();

  constructor(options: SharedWatchOptions<State>) {
    this.#options = options;
  }

  /** How many things are being read. */
  get size(): number {
    return this.#subjects.size;
  }

  /**
   * The state now, and then each newer one, until the signal ends it.
   * @throws what `read` throws: to all who watch the thing. Whoever comes afterwards has it read anew.
   */
  async *watch(key: string, signal: AbortSignal): AsyncGenerator<State, void, undefined> {
    const subject = this.#subjectOf(key);
    subject.watchers += 1;
    try {
      for (let last: State | undefined; !signal.aborted; ) {
        const state = await subject.newerThan(last, signal);
        if (state === undefined) return;
        yield state;
        last = state;
      }
    } finally {
      subject.watchers -= 1;
      if (subject.watchers === 0) this.#end(key, subject);
    }
  }

  #subjectOf(key: string): Subject<State> {
    const known = this.#subjects.get(key);
    if (known) return known;
    const subject = new Subject<State>();
    this.#subjects.set(key, subject);
    void this.#keepReading(key, subject);
    return subject;
  }

  async #keepReading(key: string, subject: Subject<State>): Promise<void> {
    const { read, intervalMs } = this.#options;
    const { signal } = subject.ending;
    try {
      while (!signal.aborted) {
        subject.put(await read(key, subject.state));
        await delay(intervalMs, undefined, { signal });
      }
    } catch (thrown) {
      if (!signal.aborted) subject.fail(thrown);
    } finally {
      this.#end(key, subject);
    }
  }

  #end(key: string, subject: Subject<State>): void {
    if (this.#subjects.get(key) === subject) this.#subjects.delete(key);
    subject.ending.abort();
  }
}

/** One thing that is watched. */
class Subject<State extends object> {
  watchers = 0;
  readonly ending = new AbortController();
  state: State | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  readonly #waiting = new Set<() => void>();

  put(state: State): void {
    if (state === this.state) return;
    this.state = state;
    this.#wake();
  }

  fail(thrown: unknown): void {
    this.#failure = { thrown };
    this.#wake();
  }

  /** Waits for a state that is another one than `last`; undefined when the signal came first. */
  async newerThan(last: State | undefined, signal: AbortSignal): Promise<State | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      if (this.#failure) throw this.#failure.thrown;
      if (this.state !== undefined && this.state !== last) return this.state;
      await this.#change(signal);
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
