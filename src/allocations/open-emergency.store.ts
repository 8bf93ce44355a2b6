import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/**
 * Makes sure that a case is an open emergency, which nobody can report to be over until the transaction ends.
 * @param field where the caller named it, for the message.
 * @throws AppError `unprocessable` `no-open-emergency`.
 */
export async function requireOpenEmergency(tx: Tx, subject: string, field: string): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock_shared($1, hashtext($2))', [ADVISORY_LOCKS.slaCase, subject]);
  if (await isOpenEmergency(tx, subject)) return;
  const message = `${subject} is no open emergency: there is no such case, it is of another severity, or it is over`;
  throw new AppError('unprocessable', 'no-open-emergency', message, {
    fields: [{ field, message: 'must be the number of an open incident, or case, of severity emergency' }],
  });
}

/** Whether a case is an emergency whose clocks run and which is not restored; an incident of that number is one as well. */
export async function isOpenEmergency(db: Queryable, subject: string): Promise<boolean> {
  const [row] = await db.rows<{ isOpen: boolean }>('SELECT sla_is_open_emergency($1) AS "isOpen"', [subject]);
  return row?.isOpen ?? false;
}
