import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { participationById } from './participation.queries.ts';
import { insertParticipation } from './participation.store.ts';
import type { Correction, NewParticipation, Participation } from './participation.ts';

/**
 * Records that a person took part in something.
 * @throws AppError `not-found` `no-such-person`; `unprocessable` `no-such-field-or-run`, `participation-in-future`.
 */
export async function recordParticipation(
  tx: Tx,
  caller: Caller,
  personId: string,
  wanted: NewParticipation,
): Promise<Participation> {
  return write(tx, caller, { personId, wanted, isWithdrawn: false, corrects: null });
}

/**
 * Puts another record in the place of one that was wrong, or withdraws it. Both stay readable.
 * @throws AppError `not-found` `no-such-participation`; `conflict` `participation-corrected` when that has been done already;
 *   `unprocessable` `no-such-field-or-run`, `participation-in-future`.
 */
export async function correctParticipation(
  tx: Tx,
  caller: Caller,
  id: string,
  { reason, record }: Correction,
): Promise<Participation> {
  const { personId, field, ...wrong } = await participationById(tx, id);
  return write(tx, caller, {
    personId,
    wanted: record ?? { ...wrong, fieldId: field?.id ?? null },
    isWithdrawn: record === null,
    corrects: { id, reason },
  });
}

async function write(
  tx: Tx,
  caller: Caller,
  record: Parameters<typeof insertParticipation>[2],
): Promise<Participation> {
  const id = newId();
  await insertParticipation(tx, { id, recordedBy: caller.principal.id }, record);
  const { wanted, personId, isWithdrawn, corrects } = record;
  await recordAudit(tx, {
    ...originOf(caller),
    action: corrects ? 'participation.correct' : 'participation.record',
    subjectKind: 'participation',
    subjectId: id,
    details: { personId, kind: wanted.kind, tookPlaceAt: wanted.tookPlaceAt.toString(), isWithdrawn, corrects },
  });
  return participationById(tx, id);
}
