import type { Queryable } from '../database/database.ts';
import { activePerson } from '../drills/person.queries.ts';
import type { ConfirmedStart } from '../drills/real-recovery.service.ts';
import type { RecoveryStart } from '../drills/real-recovery.ts';
import { AppError } from '../kernel/errors.ts';

/** As commander hands them over. */
export interface RecoveryOptions {
  readonly confirm?: string;
  readonly by?: string;
  readonly case?: string;
  readonly reason?: string;
}

/**
 * The start of a recovery as the options say it; undefined when none of them is there.
 * @throws AppError `usage` `person-needed` without a person; `unprocessable` `unsuitable-person` when there is none of that name who
 *   may run drills.
 */
export async function recoveryFrom(
  db: Queryable,
  { confirm, by, case: subject, reason }: RecoveryOptions,
): Promise<ConfirmedStart | undefined> {
  if ([confirm, by, subject, reason].every((option) => option === undefined)) return undefined;
  if (by === undefined) {
    throw new AppError('usage', 'person-needed', 'A recovery is started by a person: name them with --by');
  }
  const person = await activePerson(db, by);
  if (typeof person === 'string') throw unsuitable(person);
  if (!person.permissions.has('drill.operate')) throw unsuitable(`${person.name} may not run drills`);
  const start: RecoveryStart = {
    confirm: confirm ?? '',
    ...(subject === undefined ? {} : { case: subject }),
    ...(reason === undefined ? {} : { reason }),
  };
  return { ...start, person };
}

function unsuitable(why: string): AppError {
  return new AppError('unprocessable', 'unsuitable-person', `Nobody stands for the recovery: ${why}`);
}
