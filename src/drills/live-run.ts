import type { Queryable } from '../database/database.ts';
import { SharedWatch } from '../kernel/shared-watch.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { unknownRun } from './drill-run.queries.ts';
import { logAfter, type PlacedLogLine, runPulse } from './live-run.queries.ts';
import { isEnded } from './run.ts';
import { type RunDetail, readRunDetail } from './run-detail.ts';

/** How often a run is looked at while somebody watches it. */
const INTERVAL_MS = 1000;

/** Lines of the log that are kept for those who watch. */
export const LIVE_LINES_MAX = 200;

/** A run as it goes. */
export interface LiveRun {
  /** The same object until something of it changes. */
  readonly detail: RunDetail;
  readonly isOver: boolean;
  /** The end of its log. */
  readonly lines: readonly PlacedLogLine[];
  /** Of what `detail` was read. */
  readonly state: string;
}

/** Watches runs: each is read once a second, however many watch it, and in full only when it has moved. */
export function watchRuns(db: Queryable, keyring: Pick<Keyring, 'publicKey'>): SharedWatch<LiveRun> {
  return new SharedWatch({
    read: (runId, previous) => readLive(db, keyring, runId, previous),
    intervalMs: INTERVAL_MS,
  });
}

async function readLive(
  db: Queryable,
  keyring: Pick<Keyring, 'publicKey'>,
  runId: string,
  previous: LiveRun | undefined,
): Promise<LiveRun> {
  const pulse = await runPulse(db, runId);
  if (!pulse) throw unknownRun(runId);
  const { state, lastLine } = pulse;
  const known = previous?.lines ?? [];
  const knownTo = known.at(-1)?.position ?? -1;
  if (previous?.state === state && lastLine <= knownTo) return previous;
  // Before the log, so that of a run which is over the log is whole.
  const detail = previous?.state === state ? previous.detail : await readRunDetail(db, keyring, runId);
  const fresh = await logAfter(db, runId, Math.max(knownTo, lastLine - LIVE_LINES_MAX), LIVE_LINES_MAX);
  return { detail, state, isOver: isEnded(detail.status), lines: [...known, ...fresh].slice(-LIVE_LINES_MAX) };
}

/** What of the log a watcher has not been told yet. */
export interface NewLines {
  readonly lines: readonly PlacedLogLine[];
  /** Lines between what it was told last and the first of these: it was away for too long, or came late. */
  readonly omitted: number;
}

/** The lines after a position; undefined when there are none. */
export function linesAfter(lines: readonly PlacedLogLine[], position: number): NewLines | undefined {
  const fresh = lines.filter((line) => line.position > position);
  const [first] = fresh;
  return first && { lines: fresh, omitted: first.position - position - 1 };
}
