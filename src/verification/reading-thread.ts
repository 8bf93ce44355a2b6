import { Worker } from 'node:worker_threads';
import type { VerifyTarget } from './target.ts';
import type { FromThread, ThreadSettings, ThreadStart, ToThread } from './verify.worker.ts';
import type { PathResult } from './verify-file.ts';

/** A target that is not judged already. */
export type TargetToRead = Exclude<VerifyTarget, { readonly kind: 'judged' }>;

/** A thread that waits for its first settings; see `loadReadingThread`. */
export type LoadedThread = Worker;

/**
 * Loads a thread for a `ReadingThread` that is made later, while whoever will need it has other things to wait for. It keeps no
 * process alive; who does not hand it on ends it (`terminate`).
 * @param sizeBytes what will be read, as far as is known: large files are digested in one more thread, which is loaded as well.
 */
export function loadReadingThread(sizeBytes: number): LoadedThread {
  const thread = spawn({ sizeBytes });
  // One that dies before it is wanted is replaced then.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

interface Listening {
  readonly path: string;
  readonly onRead: (bytes: number) => void;
  readonly resolve: (result: PathResult) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * A thread that checks one target after the other. It is started for the first one and kept until `close`: to load it takes
 * longer than to check a small file.
 */
export class ReadingThread {
  readonly #settings: ThreadSettings;
  #loaded: LoadedThread | undefined;
  #worker: Worker | undefined;
  #current: Listening | undefined;

  /** @param loaded becomes its first thread, unless it has died meanwhile. */
  constructor(settings: ThreadSettings, loaded?: LoadedThread) {
    this.#settings = settings;
    this.#loaded = loaded;
  }

  /**
   * Checks one target; one at a time. An abort ends the thread, so that nothing is read afterwards; the next call starts
   * another one.
   * @param onRead bytes that were read since its last call.
   * @throws the signal's reason; what `onRead` throws; Error when the thread fails, which is a bug and no fault of the target.
   */
  async verify(
    target: TargetToRead,
    { signal, onRead }: { readonly signal?: AbortSignal | undefined; readonly onRead: (bytes: number) => void },
  ): Promise<PathResult> {
    signal?.throwIfAborted();
    const worker = this.#worker ?? this.#start();
    this.#worker = worker;
    const { promise, resolve, reject } = Promise.withResolvers<PathResult>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#current = { path: target.path, onRead, resolve, reject };
    try {
      tell(worker, { kind: 'target', target });
      return await promise;
    } catch (thrown) {
      await this.close();
      throw thrown;
    } finally {
      this.#current = undefined;
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    const threads = [this.#worker, this.#loaded];
    this.#worker = undefined;
    this.#loaded = undefined;
    for (const thread of threads) await thread?.terminate();
  }

  #start(): Worker {
    const worker = this.#takeLoaded() ?? spawn({ sizeBytes: 0 });
    worker.ref();
    worker.on('message', (said: FromThread) => this.#hear(said));
    worker.on('error', (thrown) => this.#fail(worker, thrown instanceof Error ? thrown.message : String(thrown)));
    worker.on('exit', (code) => this.#fail(worker, `its thread ended with status ${code}`));
    tell(worker, { kind: 'settings', settings: this.#settings });
    return worker;
  }

  #takeLoaded(): LoadedThread | undefined {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    return loaded?.threadId === ENDED ? undefined : loaded;
  }

  #hear(said: FromThread): void {
    const listening = this.#current;
    if (listening === undefined) return;
    try {
      if (said.kind === 'failed') listening.reject(failure(listening, said.message));
      else if (said.bytes > 0) listening.onRead(said.bytes);
      if (said.kind === 'done') listening.resolve(said.result);
    } catch (thrown) {
      // What the caller's function throws is for the caller.
      listening.reject(thrown);
    }
  }

  #fail(worker: Worker, what: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#current !== undefined) this.#current.reject(failure(this.#current, what));
  }
}

/** The id that Node gives to a thread that is over. */
const ENDED = -1;

function spawn(workerData: ThreadStart): Worker {
  return new Worker(new URL('./verify.worker.ts', import.meta.url), { workerData });
}

function failure({ path }: Listening, what: string): Error {
  return new Error(`${path} could not be checked: ${what}`);
}

function tell(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}
