import { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { postNotice } from '../notices/notice.store.ts';
import { backDating } from '../sla/clock-record.ts';
import { beginAct, enter, enterStage, type IncidentTarget, tellClocks } from './act.ts';
import { entriesOfKind } from './entry.store.ts';
import { holdTeam } from './incident.service.ts';
import { setTeam } from './incident.store.ts';

/** Who is responsible from now on. */
export const transferSchema = z.strictObject({
  teamId: z.uuid().toLowerCase().describe('The team that is responsible'),
  personId: z.uuid().toLowerCase().optional().describe('The person of it who takes it on'),
  reason: lineText(500).describe('Why it goes there, and what they should know'),
  ...backDating,
});

/** As urgent as an alert of this level. */
const URGENCIES = { emergency: 4, important: 2, general: 1 } as const satisfies Record<Severity, number>;

export type NewTransfer = z.infer<typeof transferSchema>;

/**
 * Hands an incident over to a team, and perhaps to a person of it, who are told. The first time, its handling begins.
 * @throws AppError `unprocessable` `unsuitable-owner`; `conflict` `same-team`, and as {@link beginAct}, {@link enterStage} and
 *   {@link tellClocks}.
 */
export async function transfer(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewTransfer): Promise<void> {
  const act = await beginAct(tx, caller, target, wanted, ['transfer', 'handle']);
  const { incident } = act;
  const { teamId, personId, reason } = wanted;
  const isFirst = incident.stage === 'transfer';
  const team = await holdTeam(tx, teamId, '#/teamId');
  const person = personId === undefined ? undefined : await holdPerson(tx, personId);
  if (!isFirst && incident.teamId === teamId && incident.assigneeId === (personId ?? null)) {
    const message = `${incident.number} is with ${person?.name ?? team.name} already`;
    throw new AppError('conflict', 'same-team', message);
  }
  const names = { team: team.name, person: person?.name ?? null };
  const before = { teamId: incident.teamId, personId: incident.assigneeId };
  await enter(act, 'transfer', { ...names, reason, before }, { teamId, personId });
  await setTeam(tx, target.id, teamId, personId ?? null);
  if (isFirst) {
    await enterStage(act, 'handle', 'analysing');
    await tellClocks(act, 'transfer');
  }
  const { count } = await entriesOfKind(tx, target.id, 'transfer');
  await postNotice(tx, {
    kind: 'incident.transferred',
    recipients: [personId ?? teamId],
    subjectKind: 'incident',
    subjectId: incident.id,
    summary: `${incident.number} (${incident.severity}) is yours: ${incident.title}. ${caller.principal.name} says: ${reason}`,
    details: { number: incident.number, severity: incident.severity, ...names },
    onceKey: `incident.transferred/${incident.id}/${count}`,
    urgency: URGENCIES[incident.severity],
  });
}

async function holdPerson(tx: Tx, id: string): Promise<{ readonly name: string }> {
  const { kind, name } = await holdOwner(tx, id, '#/personId');
  if (kind === 'person') return { name };
  throw new AppError('unprocessable', 'unsuitable-owner', `A person takes it on: ${name} is a ${kind}`, {
    fields: [{ field: '#/personId', message: 'must be the id of an active person' }],
  });
}
