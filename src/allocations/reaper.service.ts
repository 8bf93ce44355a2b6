import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { lockPools } from './pool-lock.store.ts';
import { deadHolds } from './reaper.store.ts';

/** Lines whose pools one transaction locks. */
const BATCH_LINES = 50;

/**
 * Notes the end of holds whose time is over. Nothing depends on it: a dead hold reads as expired, counts as free, and is
 * noted by whoever locks its pool next. It keeps the indexes of what lives small.
 * @returns how many holds were found dead.
 */
export async function noteExpiredHolds(db: Database, signal: AbortSignal): Promise<number> {
  let noted = 0;
  for (;;) {
    signal.throwIfAborted();
    const found = await db.transaction(async (tx) => {
      const dead = await deadHolds(tx, BATCH_LINES);
      if (dead.length === 0) return 0;
      const parts = dead.flatMap(({ partId }) => partId ?? []);
      const entitlements = dead.flatMap(({ entitlementId }) => entitlementId ?? []);
      await lockPools(tx, [...new Set(parts)], [...new Set(entitlements)]);
      await recordAudit(tx, {
        actor: SYSTEM_ACTOR,
        action: 'allocation.expire',
        subjectKind: 'allocation-holds',
        subjectId: newId(),
        details: { lines: dead.map(({ lineId }) => lineId) },
      });
      return dead.length;
    });
    noted += found;
    if (found < BATCH_LINES) return noted;
  }
}
