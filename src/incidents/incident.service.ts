import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { reportEvent } from '../sla/case-event.service.ts';
import { happenedAt } from '../sla/clock.service.ts';
import { holdService, insertIncident } from './incident.store.ts';
import type { NewIncident } from './incident.ts';
import { clocksOf } from './incident-clocks.ts';

/**
 * Takes down something that was reported, and starts its SLA clocks at that instant.
 * @returns the id of the incident.
 * @throws AppError `unprocessable` `unsuitable-service`, `unsuitable-owner`, `unsuitable-reporter`, `unsuitable-calendar`,
 *   `calendar-needed`, `beyond-calendar`, `in-future`, `late-unexplained`; `not-found` `no-sla-policy`.
 */
export async function receiveIncident(tx: Tx, caller: Caller, wanted: NewIncident): Promise<string> {
  const id = newId();
  if (wanted.teamId !== undefined) await holdTeam(tx, wanted.teamId, '#/teamId');
  const service = wanted.serviceId === undefined ? undefined : await holdService(tx, wanted.serviceId);
  const customer = wanted.customer ?? service?.customer ?? '';
  const severity = wanted.severity ?? 'general';
  const receivedAtMs = happenedAt(wanted, await databaseNowMs(tx));
  const draft = { id, severity, customer, receivedAtMs, createdBy: caller.principal.id, wanted };
  const number = await insertIncident(tx, draft);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'incident.receive',
    subjectKind: 'incident',
    subjectId: id,
    details: { number, ...wanted, severity },
  });
  const { serviceId, calendarId, lateBecause } = wanted;
  const event = { subject: number, event: 'notification', severity, serviceId, calendarId, lateBecause } as const;
  await reportEvent(tx, caller, { ...event, at: new Date(receivedAtMs).toISOString() }, clocksOf(wanted.kind));
  return id;
}

/**
 * A team in use, which nobody can disable until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-owner`.
 */
export async function holdTeam(tx: Tx, id: string, field: string): Promise<{ readonly name: string }> {
  const { kind, name } = await holdOwner(tx, id, field);
  if (kind === 'team') return { name };
  throw new AppError('unprocessable', 'unsuitable-owner', `A team is responsible: ${name} is a ${kind}`, {
    fields: [{ field, message: 'must be the id of an active team' }],
  });
}
