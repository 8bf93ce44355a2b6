import type { Principal } from '../auth/principal.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { serviceByName } from '../services/service.queries.ts';
import { caseEvent, currentSeverity } from '../sla/case-event.store.ts';
import type { CaseEventRecord } from '../sla/case-event.ts';
import type { DrillDefinition } from './definition.ts';
import type { NewRun } from './drill-run.store.ts';
import { type RecoveryStart, refuseStart, requireRecoverable } from './real-recovery.ts';
import type { RunMode } from './run.ts';

/** The start of a recovery, and the person who stands for it. */
export type ConfirmedStart = RecoveryStart & { readonly person: Principal };

/**
 * Makes sure that a real recovery is meant, by whom and what for; undefined for a drill.
 * @throws AppError `invalid` `recovery-not-confirmed`, `recovery-unexplained`, `recovery-mode-needed`; `forbidden` `person-needed`;
 *   `unprocessable` `nothing-to-recover`, `no-open-case`, `case-of-other-service`.
 */
export async function confirmedRecovery(
  tx: Tx,
  definition: DrillDefinition,
  mode: RunMode,
  start: ConfirmedStart | undefined,
): Promise<NewRun['recovery']> {
  if (mode !== 'recovery') {
    if (start === undefined) return undefined;
    throw refuseStart('invalid', 'recovery-mode-needed', '', 'it is for mode=recovery: leave it out of a drill');
  }
  const repeat = `must repeat the name of the drill, ${definition.name}: this is no drill`;
  if (start === undefined) throw refuseStart('invalid', 'recovery-not-confirmed', '', `confirm ${repeat}`);
  const { person, confirm, case: subject = null, reason = null } = start;
  if (person.kind !== 'person') {
    const message = `A recovery is started by a person who stands for it: ${person.name} is a ${person.kind}`;
    throw new AppError('forbidden', 'person-needed', message);
  }
  if (confirm !== definition.name) throw refuseStart('invalid', 'recovery-not-confirmed', '/confirm', repeat);
  requireRecoverable(definition);
  if (subject === null && reason === null) {
    throw refuseStart('invalid', 'recovery-unexplained', '/reason', 'must be said where no case is named');
  }
  if (subject !== null) await requireCase(tx, definition, subject);
  return { case: subject, reason };
}

async function requireCase(tx: Tx, definition: DrillDefinition, subject: string): Promise<void> {
  const open = await openCase(tx, subject);
  if (open === undefined) {
    const message = `${subject} is no open case: nobody has reported its notification, or it is resolved`;
    throw refuseStart('unprocessable', 'no-open-case', '/case', message);
  }
  if (open.serviceId === null) return;
  const service = await serviceByName(tx, definition.service);
  if (service?.id === open.serviceId) return;
  const message = `the case ${subject} concerns another service than ${definition.service}`;
  throw refuseStart('unprocessable', 'case-of-other-service', '/case', message);
}

/** The notification of a case that has not been resolved, with the severity of now; undefined when there is no such case. */
export async function openCase(db: Queryable, subject: string): Promise<CaseEventRecord | undefined> {
  const notification = await caseEvent(db, subject, 'notification');
  if (!notification || (await caseEvent(db, subject, 'resolution')) !== undefined) return undefined;
  return { ...notification, severity: await currentSeverity(db, notification) };
}
