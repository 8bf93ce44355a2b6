import type { ProblemError } from '../api/problem.ts';
import type { CountedThing, CountsBody } from './words.ts';

/** One thing that was scanned or typed, and what became of it. */
export interface CountEntry {
  readonly id: string;
  /** What the label says, or the id of a unit or stock row. */
  readonly scan: string;
  /** How to call it where the scan is an id. */
  readonly name?: string | undefined;
  /** The code of the location where it lies. */
  readonly place: string;
  readonly quantity?: number | undefined;
  /** A unit that was looked for and is not there. */
  readonly isAbsent?: boolean | undefined;
  /** By this browser's clock, in milliseconds. */
  readonly scannedAt: number;
  /** `asks`: pieces whose number is not known yet. */
  readonly state: 'waiting' | 'asks' | 'taken' | 'refused';
  /** Sent by itself: in company it was refused, or the whole batch because of it. */
  readonly isAlone?: boolean | undefined;
  /** The server did not take the time of the scan: it is counted as of its arrival. */
  readonly isUntimed?: boolean | undefined;
  readonly thing?: CountedThing | undefined;
  readonly why?: string | undefined;
}

/** Puts down that something is counted. */
export type CountOne = (one: Pick<CountEntry, 'scan' | 'name' | 'place' | 'quantity' | 'isAbsent' | 'state'>) => void;

/** A request that was sent and whose answer is not known, so that the very same one is asked again. */
interface CountAttempt {
  readonly key: string;
  readonly ids: readonly string[];
  readonly body: CountsBody;
}

/** Everything that one person has counted in one stocktake on this device, oldest first. It outlives the page. */
export interface CountQueue {
  /** The code of the location that is counted now. */
  readonly place?: string | undefined;
  readonly entries: readonly CountEntry[];
  readonly attempt?: CountAttempt | undefined;
  /** How far the server's clock is ahead of this one at least, in milliseconds. */
  readonly aheadMs?: number | undefined;
  /** The latest instant that was sent, so that a later count always has a later one. */
  readonly lastAt?: number | undefined;
}

const EMPTY: CountQueue = { entries: [] };

/** Scans of one request: a backlog after a broken connection goes in few of them. */
const BATCH_MAX = 25;

/** Answered entries that are kept to be looked at. */
const KEPT_MAX = 100;

/** The queue as it was kept; an empty one where nothing was, or nothing that can be read. */
export function queueFrom(text: string | null): CountQueue {
  try {
    const kept: unknown = JSON.parse(text ?? 'null');
    const isQueue = typeof kept === 'object' && kept !== null && 'entries' in kept && Array.isArray(kept.entries);
    return isQueue ? (kept as CountQueue) : EMPTY;
  } catch {
    return EMPTY;
  }
}

/** Entries whose answer is not known yet. */
export const unsent = ({ entries }: CountQueue): readonly CountEntry[] =>
  entries.filter(({ state }) => state === 'waiting');

/** Puts something to the end; of what was answered long ago only the newest is kept. */
export function added(queue: CountQueue, entry: CountEntry): CountQueue {
  const answered = queue.entries.filter(({ state }) => state === 'taken' || state === 'refused');
  const forgotten = new Set(answered.slice(0, Math.max(0, answered.length - KEPT_MAX)).map(({ id }) => id));
  return { ...queue, entries: [...queue.entries.filter(({ id }) => !forgotten.has(id)), entry] };
}

/** Whether an entry can still be taken back without a trace: it was not sent. */
export const canDrop = ({ attempt }: CountQueue, { id, state }: CountEntry): boolean =>
  state === 'asks' || state === 'refused' || (state === 'waiting' && !attempt?.ids.includes(id));

export const dropped = (queue: CountQueue, id: string): CountQueue => ({
  ...queue,
  entries: queue.entries.filter((entry) => entry.id !== id),
});

/**
 * What to send next: the request before while its answer is not known, else one with the oldest entries that wait.
 * @param openedAt when the stocktake was opened, in milliseconds: nothing was counted before it.
 */
export function withAttempt(queue: CountQueue, openedAt: number, newKey: () => string): CountQueue {
  if (queue.attempt) return queue;
  const waiting = unsent(queue);
  const [first] = waiting;
  if (!first) return queue;
  const alone = waiting.findIndex(({ isAlone }) => isAlone);
  const batch = first.isAlone ? [first] : waiting.slice(0, alone === -1 ? BATCH_MAX : Math.min(alone, BATCH_MAX));
  let lastAt = queue.lastAt ?? 0;
  const lines = batch.map((entry) => {
    lastAt = Math.max(entry.scannedAt + (queue.aheadMs ?? 0), openedAt, lastAt + 1);
    return lineOf(entry, queue.aheadMs === undefined || entry.isUntimed ? undefined : new Date(lastAt).toISOString());
  });
  return { ...queue, lastAt, attempt: { key: newKey(), ids: batch.map(({ id }) => id), body: { lines } } };
}

function lineOf({ scan, place, quantity, isAbsent }: CountEntry, countedAt: string | undefined) {
  return {
    scan,
    ...(isAbsent ? { isAbsent } : { location: place }),
    ...(quantity === undefined ? {} : { quantity }),
    ...(countedAt === undefined ? {} : { countedAt }),
  };
}

/** The server has taken the attempt down. */
export function taken(queue: CountQueue, things: readonly CountedThing[]): CountQueue {
  const { attempt, ...rest } = queue;
  const answers = new Map(attempt?.ids.map((id, index) => [id, things[index]]));
  return {
    ...rest,
    entries: rest.entries.map((entry) =>
      answers.has(entry.id) ? { ...entry, state: 'taken', thing: answers.get(entry.id) } : entry,
    ),
  };
}

/** The server has refused the attempt: several entries go again one by one; a single one asks for its number, or says why. */
export function refused(queue: CountQueue, { code, message, problem }: ProblemError): CountQueue {
  const { attempt, ...rest } = queue;
  const isOne = attempt?.ids.length === 1;
  const asksNumber = problem?.fields?.some(({ field }) => field.endsWith('/quantity')) ?? false;
  const judge = (entry: CountEntry): CountEntry => {
    if (!attempt?.ids.includes(entry.id)) return entry;
    if (code === 'counted-at-other-time' && !entry.isUntimed) return { ...entry, isUntimed: true };
    if (!isOne) return { ...entry, isAlone: true };
    if (asksNumber && entry.quantity === undefined) return { ...entry, state: 'asks' };
    return { ...entry, state: 'refused', why: problem?.fields?.[0]?.message ?? message };
  };
  return { ...rest, entries: rest.entries.map(judge) };
}

/** Whether a refusal is about what was sent; anything else (no answer, too busy, signed out) may pass, and is tried again. */
export const isFinal = ({ status, code }: ProblemError): boolean =>
  [400, 403, 404, 422].includes(status) || (status === 409 && code === 'stocktake-state');

/**
 * Learns from an answer how far the server's clock is ahead. The header is cut to whole seconds and was under way, so each
 * answer states too little: the largest is the nearest, and no count ever comes to lie in the future.
 * @param date the header of the answer; `now` by this browser's clock, in milliseconds.
 */
export function timed(queue: CountQueue, date: string | null, now: number): CountQueue {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at)
    ? queue
    : { ...queue, aheadMs: Math.max(queue.aheadMs ?? Number.NEGATIVE_INFINITY, at - now) };
}
