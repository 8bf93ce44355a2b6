import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';

/** Records what somebody did to a calendar. @param act in kebab-case, such as `put-day`. */
export async function recordCalendarAct(
  tx: Tx,
  caller: Caller,
  act: string,
  calendarId: string,
  details: object,
): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-calendar.${act}`,
    subjectKind: 'sla-calendar',
    subjectId: calendarId,
    details: { ...details },
  });
}
