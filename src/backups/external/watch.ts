import type { Temporal } from 'temporal-polyfill';
import type { Database } from '../../database/database.ts';
import { postNotice } from '../../notices/notice.store.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { listBackupSets } from '../backup-set.queries.ts';
import { type SetStatus, statusOfSets } from '../set-status.queries.ts';
import type { StaleReason } from './freshness.ts';

/** Sets whose status is asked for at once. */
const BATCH_SETS = 100;

/**
 * Tells the owners of sets in use that they are too old: once for each slot that nothing came for, and once for each time that
 * the RPO is exceeded, however often and in however many processes it runs.
 * @returns how many notices are new.
 */
export async function tellStaleSets({ db }: { readonly db: Database }, signal: AbortSignal): Promise<number> {
  let notices = 0;
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const sets = await listBackupSets(db, { limit: BATCH_SETS, after });
    const statuses = await statusOfSets(db, sets);
    for (const set of sets) notices += await tell(db, set, statuses.get(set.id));
    after = sets.length === BATCH_SETS ? sets.at(-1)?.id : undefined;
  } while (after !== undefined);
  return notices;
}

async function tell(db: Database, set: BackupSet, status: SetStatus | undefined): Promise<number> {
  const { external } = set;
  if (external === undefined || set.retired !== undefined || status === undefined) return 0;
  let notices = 0;
  for (const reason of status.reasons) {
    const occasion = occasionOf(set, status, reason);
    if (occasion === undefined) continue;
    notices += await db.transaction((tx) =>
      postNotice(tx, {
        kind: 'backup-set.stale',
        recipients: [external.owner.id],
        subjectKind: 'backup-set',
        subjectId: set.id,
        summary: `The backups of ${set.name} are too old. ${reason.message}`,
        details: { set: set.name, reason: reason.code, since: reason.since.toString(), slot: textOf(reason.slot) },
        onceKey: `backup-set.stale/${set.id}/${occasion}`,
      }),
    );
  }
  return notices;
}

/** What makes it the same occasion; undefined while a new set has had no time for its first backup. */
function occasionOf({ external }: BackupSet, status: SetStatus, reason: StaleReason): string | undefined {
  if (reason.slot !== undefined) return `slot/${reason.slot.toString()}`;
  if (reason.code === 'rpo-exceeded') return `rpo/${status.newestSoundPoint?.id}`;
  const rpoSeconds = external?.rpoSeconds;
  if (reason.code !== 'no-sound-point' || rpoSeconds === undefined) return undefined;
  const dueMs = reason.since.add({ seconds: rpoSeconds }).epochMilliseconds;
  return status.asOf.epochMilliseconds < dueMs ? undefined : 'rpo/never';
}

function textOf(instant: Temporal.Instant | undefined): string | null {
  return instant?.toString() ?? null;
}
