import { Worker } from 'node:worker_threads';
import type { SeenFile } from './tree-comparison.ts';
import type { NameToRead } from './tree-look.ts';
import type { FilesToRead, FromReader } from './tree-read.worker.ts';

/** Names, and bytes, that one thread is given at a time: a message costs as much as a small file. */
const BATCH = { names: 256, bytes: 4 * 1_048_576 } as const;
/** Given to each thread ahead of what was taken back from it. */
const AHEAD = 2;

/**
 * Reads the files of a tree in several threads and answers each name in its order. Nothing is read any more once the
 * answers are not asked for further.
 * @throws the signal's reason; Error when a thread fails, which is a bug and no fault of a file.
 */
export async function* readInThreads(
  names: Iterable<NameToRead>,
  { threads, signal }: { readonly threads: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<SeenFile> {
  const readers = Array.from({ length: threads }, () => new TreeReader());
  const waiting: Promise<readonly SeenFile[]>[] = [];
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {
    // Heard by whoever waits for an answer at that moment.
  });
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  let turn = 0;
  try {
    signal?.throwIfAborted();
    for (const batch of batchesOf(names)) {
      const answer = (readers[turn % threads] as TreeReader).read(batch);
      answer.catch(() => {
        // Told when its turn comes.
      });
      waiting.push(answer);
      turn += 1;
      if (waiting.length >= threads * AHEAD) yield* await Promise.race([waiting.shift() ?? [], aborted]);
    }
    for (const answer of waiting) yield* await Promise.race([answer, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

function* batchesOf(names: Iterable<NameToRead>): Generator<NameToRead[]> {
  let batch: NameToRead[] = [];
  let bytes = 0;
  for (const item of names) {
    batch.push(item);
    bytes += item.name.sizeBytes;
    if (batch.length < BATCH.names && bytes < BATCH.bytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

type Answer = PromiseWithResolvers<readonly SeenFile[]>;

/** One thread; it answers in the order in which it was asked. */
class TreeReader {
  readonly #worker = new Worker(new URL('./tree-read.worker.ts', import.meta.url));
  readonly #waiting: Answer[] = [];

  constructor() {
    this.#worker.on('message', (said: FromReader) => {
      const answer = this.#waiting.shift();
      if (said.kind === 'read') answer?.resolve(said.seen);
      else answer?.reject(new Error(`files could not be read: ${said.message}`));
    });
    this.#worker.on('error', (thrown) => this.#fail(String(thrown)));
    this.#worker.on('exit', (code) => this.#fail(`a thread ended with status ${code}`));
  }

  read(files: readonly NameToRead[]): Promise<readonly SeenFile[]> {
    const answer: Answer = Promise.withResolvers();
    this.#waiting.push(answer);
    this.#worker.postMessage({ files } satisfies FilesToRead);
    return answer.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(what: string): void {
    for (const answer of this.#waiting.splice(0)) answer.reject(new Error(`files could not be read: ${what}`));
  }
}
