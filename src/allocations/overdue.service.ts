import type { Database, Tx } from '../database/database.ts';
import { postNotice } from '../notices/notice.store.ts';
import { overdueToRemind, type ReminderCase, type ReminderCursor } from './overdue.queries.ts';
import { reminderDay } from './overdue.ts';

/** Lines that one transaction reminds of. */
const BATCH_LINES = 100;

/**
 * Reminds everybody concerned of what is overdue: once for each line, due date and day of reminding, however often and in
 * however many processes it runs.
 * @returns how many notices are new.
 */
export async function remindOverdue(db: Database, signal: AbortSignal): Promise<number> {
  let notices = 0;
  let after: ReminderCursor | undefined;
  do {
    signal.throwIfAborted();
    const cases = await overdueToRemind(db, { after, limit: BATCH_LINES });
    notices += await db.transaction((tx) => remind(tx, cases));
    after = cases.length === BATCH_LINES ? cases.at(-1)?.cursor : undefined;
  } while (after);
  return notices;
}

async function remind(tx: Tx, cases: readonly ReminderCase[]): Promise<number> {
  let notices = 0;
  for (const { overdue, recipients } of cases) {
    const { allocation, holder, quantity, label, daysOverdue } = overdue;
    const day = reminderDay(daysOverdue);
    if (day === undefined) continue;
    const dueAt = overdue.dueAt.toString({ fractionalSecondDigits: 0 });
    const what = overdue.kind === 'unit' ? label : `${quantity} x ${label}`;
    notices += await postNotice(tx, {
      kind: 'allocation.overdue',
      recipients,
      subjectKind: 'allocation',
      subjectId: allocation.id,
      summary: `${what} should have come back by ${dueAt}, ${daysOverdue} ${daysOverdue === 1 ? 'day' : 'days'} ago: ${holder.name} has it by ${allocation.code}. Return it or extend it`,
      details: { lineId: overdue.lineId, allocation: allocation.code, dueAt, daysOverdue, day },
      // A new due date begins anew.
      onceKey: `allocation.overdue/${overdue.lineId}/${overdue.dueAt.toString()}/${day}`,
    });
  }
  return notices;
}
