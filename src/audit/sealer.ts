import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Anchor } from './anchor.ts';
import { anchorHead } from './anchoring.ts';
import type { AuditKeys } from './audit-keys.ts';
import { readBacklog, readHead } from './seal.queries.ts';
import { sealNext } from './seal.store.ts';

export interface SealerOptions {
  readonly db: Database;
  readonly keys: AuditKeys;
  readonly anchorDirectory: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Between two rounds; a second unless stated. */
  readonly intervalMs?: number;
  /** Between two anchors: what is cut off the trail within this time leaves no trace outside. A minute unless stated. */
  readonly anchorIntervalMs?: number;
  /** Entries sealed in one transaction. */
  readonly batchSize?: number;
}

/** How sealing goes, for metrics and readiness. */
interface SealerStatus {
  /** The newest seal that this process saw; null before the first. */
  readonly sealedSeq: string | null;
  readonly anchoredSeq: string | null;
  /** Why the last round failed; null when it did not. */
  readonly failure: string | null;
}

export interface Sealer {
  /** For how long the oldest entry without a seal has waited, by what is known. */
  lagSeconds(): number;
  status(): SealerStatus;
  /** Ends after a last round, which seals and anchors what there is; waits no longer than `timeoutMs` (5 s). Never throws. */
  stop(timeoutMs?: number): Promise<void>;
}

/**
 * Seals the audit trail about every second and anchors its head outside the database. Every replica runs one: an advisory
 * lock lets one seal at a time, and each anchors into its own directory. A database that is away makes rounds fail, which
 * is logged once and retried for ever; sealing goes on where it stopped. A chain that contradicts its anchors is sealed
 * further, but nothing more is anchored on top of it until someone has looked.
 */
export function startSealer(options: SealerOptions): Sealer {
  const { clock, log, intervalMs = 1000 } = options;
  const stopping = new AbortController();
  const sealing = createSealing(options);
  const anchoring = createAnchoring(options);
  const sealSafely = createGuard(log, 'audit sealing', sealing.run);
  const anchorSafely = createGuard(log, 'audit anchoring', anchoring.run);

  const round = async (last: boolean) => {
    await sealSafely.run();
    if (sealSafely.failure() === null && (last || anchoring.isDue())) await anchorSafely.run();
  };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await round(false);
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    await round(true);
  })();

  return {
    lagSeconds: () => sealing.lagSeconds(clock.monotonicMs()),
    status: () => ({
      sealedSeq: sealing.sealedSeq(),
      anchoredSeq: anchoring.anchoredSeq(),
      failure: sealSafely.failure() ?? anchorSafely.failure(),
    }),
    async stop(timeoutMs = 5000) {
      stopping.abort();
      const limit = new AbortController();
      await Promise.race([loop, delay(timeoutMs, undefined, { signal: limit.signal, ref: false }).catch(() => {})]);
      limit.abort();
    },
  };
}

function createSealing({ db, keys, clock, batchSize = 1000 }: SealerOptions) {
  let sealedSeq: string | null = null;
  let backlog = { waiting: false, oldestSeconds: 0, seenMs: clock.monotonicMs() };
  return {
    async run() {
      if ((await readBacklog(db, await readHead(db))).waiting) {
        while ((await db.transaction((tx) => sealNext(tx, keys, batchSize))).more);
      }
      const head = await readHead(db);
      sealedSeq = head?.seq ?? null;
      backlog = { ...(await readBacklog(db, head)), seenMs: clock.monotonicMs() };
    },
    sealedSeq: () => sealedSeq,
    lagSeconds: (nowMs: number) =>
      backlog.waiting ? backlog.oldestSeconds + Math.max(0, nowMs - backlog.seenMs) / 1000 : 0,
  };
}

/** After an anchor that could not be made. */
const ANCHOR_RETRY_MS = 5000;

function createAnchoring(options: SealerOptions) {
  const { clock, log, anchorIntervalMs = 60_000 } = options;
  let anchored: Anchor | undefined;
  let dueMs = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => clock.monotonicMs() >= dueMs,
    async run() {
      const nowMs = clock.monotonicMs();
      dueMs = nowMs + Math.min(ANCHOR_RETRY_MS, anchorIntervalMs);
      const anchor = await anchorHead(options, anchored);
      if (!anchor) return;
      dueMs = nowMs + anchorIntervalMs;
      // The log is one more place outside the database that remembers the head.
      if (anchor.seq !== anchored?.seq) log.info({ seq: anchor.seq, chainMac: anchor.chainMac }, 'audit head anchored');
      anchored = anchor;
    },
    anchoredSeq: () => anchored?.seq ?? null,
  };
}

/** Runs work that may fail now and succeed later: the failure is kept, and logged when it is a new one. */
function createGuard(log: Logger, name: string, work: () => Promise<void>) {
  let failure: string | null = null;
  return {
    async run() {
      try {
        await work();
        if (failure !== null) log.info(`${name} works again`);
        failure = null;
      } catch (thrown) {
        const message = messageOf(thrown);
        if (failure !== message) log.error({ err: thrown }, `${name}: ${message}`);
        failure = message;
      }
    },
    failure: () => failure,
  };
}
