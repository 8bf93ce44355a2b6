import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { clockNotBreached, insertBreachCause } from './breach-cause.store.ts';
import type { BreachCause, NewBreachCause } from './breach-cause.ts';
import { clockById } from './clock.queries.ts';
import { insertMarks, lockClock } from './clock.store.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { unrecordedMarks } from './clock-mark.ts';
import { readClock } from './clock-reading.ts';

/**
 * States why a clock was breached. What was stated before stays, and counts no more.
 * @throws AppError `not-found` `no-such-clock`; `unprocessable` `clock-not-breached`, `person-needed`; `conflict`
 *   `cause-stated`, `too-many-causes`.
 */
export async function stateBreachCause(
  tx: Tx,
  caller: Caller,
  clockId: string,
  wanted: NewBreachCause,
): Promise<BreachCause> {
  if (caller.principal.kind !== 'person') {
    throw new AppError('unprocessable', 'person-needed', `A person judges it: ${caller.principal.name} is none`);
  }
  await lockClock(tx, clockId);
  const clock = await clockById(tx, clockId);
  const nowMs = await databaseNowMs(tx);
  const open = await clockCalendars(tx)(clock.calendarId);
  if (readClock(clock, nowMs, open, []).breachedAtMs === null) throw clockNotBreached();
  // The pass that records breaches may not have come by yet.
  await insertMarks(
    tx,
    unrecordedMarks(clock, nowMs, open).map((mark) => ({ clockId, ...mark })),
  );
  const stated = await insertBreachCause(tx, clockId, wanted, caller.principal.id);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'sla-clock.state-breach-cause',
    subjectKind: 'sla-clock',
    subjectId: clockId,
    details: { ...wanted, seq: stated.seq },
  });
  return { ...stated, by: { id: caller.principal.id, name: caller.principal.name } };
}
