import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { noSuchIdentity } from './identity.store.ts';
import type { NewParticipation, Participation } from './participation.ts';

interface NewRecord extends Pick<Participation, 'personId' | 'isWithdrawn' | 'corrects'> {
  readonly wanted: NewParticipation;
}

/**
 * Adds a record to the ledger.
 * @throws AppError `not-found` `no-such-person`; `conflict` `participation-corrected`; `unprocessable`
 *   `no-such-field-or-run`, `participation-in-future`.
 */
export async function insertParticipation(
  tx: Tx,
  { id, recordedBy }: { readonly id: string; readonly recordedBy: string },
  { wanted, personId, isWithdrawn, corrects }: NewRecord,
): Promise<void> {
  const { kind, tookPlaceAt, validUntil, fieldId, drillRunId, note } = wanted;
  const errors = {
    participation_person_id_fkey: () => noSuchIdentity('person', personId),
    participation_field_id_fkey: () => unknown('fieldId', 'field of skills', fieldId),
    participation_drill_run_id_fkey: () => unknown('drillRunId', 'drill run', drillRunId),
    participation_corrected_once: () => correctedAlready(corrects?.id),
    participation_not_in_future: inFuture,
  };
  await mapConstraints(errors, () =>
    tx.execute(
      `INSERT INTO participation (id, person_id, kind, took_place_at, valid_until, field_id, drill_run_id, note, withdrawn,
         corrects_id, reason, recorded_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        ...[id, personId, kind, dateOf(tookPlaceAt), validUntil && dateOf(validUntil), fieldId, drillRunId, note],
        ...[isWithdrawn, corrects?.id ?? null, corrects?.reason ?? null, recordedBy],
      ],
    ),
  );
}

function unknown(field: string, noun: string, id: string | null): AppError {
  return new AppError('unprocessable', 'no-such-field-or-run', `There is no ${noun} ${id}`, {
    fields: [{ field: `#/${field}`, message: `must be the id of a ${noun}` }],
  });
}

function correctedAlready(id: string | undefined): AppError {
  return new AppError(
    'conflict',
    'participation-corrected',
    `Participation ${id} has been corrected already: correct the record that took its place`,
  );
}

function inFuture(): AppError {
  return new AppError('unprocessable', 'participation-in-future', 'Nobody took part in what has not taken place', {
    fields: [{ field: '#/tookPlaceAt', message: 'must not lie in the future' }],
  });
}
