import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { judgeDueSlots } from './catch-up.ts';
import type { JobQueue } from './queue.ts';
import { queueName } from './queue-name.ts';
import { databaseNow } from './schedule.queries.ts';
import { type FireDraft, insertSlots, moveCursor, rewindCursor } from './schedule.store.ts';
import type { Schedule } from './schedule.ts';

/** Slots that one transaction judges. */
const BATCH_SLOTS = 500;

/** A cursor this far after the database's clock says that the clock had run ahead and was put back. */
const CLOCK_STEP_SECONDS = 300;

/** What one transaction did for one schedule. */
export interface Firing {
  readonly fired: number;
  readonly missed: number;
  readonly skipped: number;
  /** There may be more slots due: call again. */
  readonly more: boolean;
  /** The clock had been ahead; the schedule counts from now again. */
  readonly rewound: boolean;
}

/**
 * Judges the slots of a locked schedule that fell due by the database's clock: writes a row for each, enqueues the job of
 * those that fire and moves the cursor, all in the caller's transaction. A slot that has a row already is left as it is, so
 * each fires once at most, however many replicas come by and whatever the clock does.
 */
export async function fireDueSlots(tx: Tx, queue: JobQueue, schedule: Schedule): Promise<Firing> {
  const now = await databaseNow(tx);
  if (schedule.cursorAt.epochMilliseconds > now.epochMilliseconds + CLOCK_STEP_SECONDS * 1000) {
    await rewindCursor(tx, schedule.id);
    return { fired: 0, missed: 0, skipped: 0, more: false, rewound: true };
  }
  const judged = judgeDueSlots({
    timing: schedule,
    catchUp: schedule.catchUp,
    paused: schedule.pausedAt !== null,
    cursor: schedule.cursorAt,
    now,
    limit: BATCH_SLOTS,
  });
  const last = judged.at(-1);
  if (!last) return { fired: 0, missed: 0, skipped: 0, more: false, rewound: false };
  const drafts = judged.map((slot): FireDraft => ({ ...slot, jobId: slot.state === 'fired' ? newId() : null }));
  const written = await insertSlots(tx, schedule.id, queueName(schedule.job, schedule.workerTag), drafts);
  const fresh = drafts.filter((draft) => written.has(draft.slot.epochMilliseconds));
  for (const { jobId } of fresh) {
    if (jobId) await queue.enqueue(tx, schedule.job, schedule.payload, { id: jobId, tag: schedule.workerTag });
  }
  await moveCursor(tx, schedule.id, last.slot);
  const count = (state: FireDraft['state']) => fresh.filter((draft) => draft.state === state).length;
  return {
    fired: count('fired'),
    missed: count('missed'),
    skipped: count('skipped'),
    more: judged.length === BATCH_SLOTS,
    rewound: false,
  };
}
