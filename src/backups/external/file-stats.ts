import { lstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What the system says of a file. */
export interface FileFigures {
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** What the helping thread is asked: what the system says of these places. */
export interface StatTask {
  /** NUL between them. */
  readonly locations: string;
  /** Where the answers go. */
  readonly answers: SharedArrayBuffer;
  /** Becomes 1 when all are there. */
  readonly isDone: SharedArrayBuffer;
}

/**
 * Of each place in turn: what it is, its size, and the two times, each in milliseconds with the nanoseconds that are left: in
 * nanoseconds alone a time behind the year 2262 is too large.
 */
const NUMBERS = 6;
const KINDS = { none: 0n, file: 1n, unreadable: 2n } as const;
const NS_PER_MS = 1_000_000n;

/** Writes what the system says of places, one behind the other. */
export function writeFigures(locations: readonly string[], answers: BigInt64Array): void {
  for (const [index, location] of locations.entries()) {
    const at = NUMBERS * index;
    const figures = figuresOf(location);
    answers[at] = figures === undefined ? KINDS.none : figures === 'unreadable' ? KINDS.unreadable : KINDS.file;
    if (figures === undefined || figures === 'unreadable') continue;
    const { sizeBytes, mtimeNs, ctimeNs } = figures;
    answers[at + 1] = sizeBytes;
    answers[at + 2] = mtimeNs / NS_PER_MS;
    answers[at + 3] = mtimeNs % NS_PER_MS;
    answers[at + 4] = ctimeNs / NS_PER_MS;
    answers[at + 5] = ctimeNs % NS_PER_MS;
  }
}

function readFigures(answers: BigInt64Array, at: number): Told {
  const [kind, sizeBytes = 0n, mtimeMs = 0n, mtimeRest = 0n, ctimeMs = 0n, ctimeRest = 0n] = answers.subarray(
    at,
    at + NUMBERS,
  );
  if (kind === KINDS.unreadable) return 'unreadable';
  if (kind !== KINDS.file) return undefined;
  return { sizeBytes, mtimeNs: mtimeMs * NS_PER_MS + mtimeRest, ctimeNs: ctimeMs * NS_PER_MS + ctimeRest };
}

/** What the system says of a place, links not followed; undefined for what is no file (any more). */
type Told = FileFigures | 'unreadable' | undefined;

function figuresOf(location: string): Told {
  try {
    const stat = lstatSync(location, { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() ? { sizeBytes: stat.size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs } : undefined;
  } catch {
    return 'unreadable';
  }
}

/** Of so many files at once the system is asked, and from so many on by two threads. */
export const STATS_MAX = 256;
const SHARED_FROM = 64;

/**
 * Asks the system for the figures of files, synchronously. A second thread takes half of them where there is a processor for
 * it: to ask is most of what a listing costs, and on a file server it is waiting.
 */
export class FileStats {
  readonly #answers = new SharedArrayBuffer(NUMBERS * STATS_MAX * BigInt64Array.BYTES_PER_ELEMENT);
  readonly #isDone = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #isReady = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #helper: Worker | undefined;

  /** @param locations at most `STATS_MAX`. @returns in their order; undefined for what is no file (any more). */
  of(locations: readonly string[]): Told[] {
    const half = this.#hasHelper(locations.length) ? locations.length >> 1 : 0;
    if (half === 0) return locations.map(figuresOf);
    const done = new Int32Array(this.#isDone);
    Atomics.store(done, 0, 0);
    const task = { locations: locations.slice(0, half).join('\0'), answers: this.#answers, isDone: this.#isDone };
    this.#helper?.postMessage(task satisfies StatTask);
    const mine = locations.slice(half).map(figuresOf);
    Atomics.wait(done, 0, 0);
    const answers = new BigInt64Array(this.#answers);
    return [...Array.from({ length: half }, (_, index) => readFigures(answers, NUMBERS * index)), ...mine];
  }

  /** It is started when it is wanted first, and is of use once it is loaded. */
  #hasHelper(count: number): boolean {
    if (count < SHARED_FROM || availableParallelism() < 2) return false;
    this.#helper ??= new Worker(new URL('./stat.worker.ts', import.meta.url), { workerData: this.#isReady.buffer });
    return Atomics.load(this.#isReady, 0) === 1;
  }
}
