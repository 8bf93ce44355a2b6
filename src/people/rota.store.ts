import type { Owner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { rowNameTaken } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Layer } from './on-call.ts';
import { ROTA_TABLE } from './retirable-table.ts';
import type { NewOverride, NewRota } from './rota.ts';

const DAY_MS = 86_400_000;

/** What of a rota may change; what is left out stays. */
type RotaColumns = Omit<NewRota, 'ownerId'> & { readonly owner: Owner };

/** @throws AppError `conflict` `on-call-rota-name-taken`; `unprocessable` `unsuitable-rota`. */
export async function insertRota(tx: Tx, id: string, rota: RotaColumns): Promise<void> {
  const { name, zone, owner, serviceId, fieldId, layers } = rota;
  await mapConstraints(errorsOf(name), () =>
    tx.execute(
      `INSERT INTO on_call_rota (id, name, zone, owner_id, owner_kind, service_id, field_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, name, zone, owner.id, owner.kind, serviceId, fieldId],
    ),
  );
  await insertLayers(tx, id, layers);
}

/**
 * Sets what a change states and counts the version up, also without columns. The caller holds the row by `lockRetirable`.
 * @throws AppError `conflict` `on-call-rota-name-taken`; `unprocessable` `unsuitable-rota`.
 */
export async function updateRotaRow(
  tx: Tx,
  id: string,
  change: { readonly [Column in keyof RotaColumns]?: RotaColumns[Column] | undefined } = {},
): Promise<void> {
  const { name, zone, owner, serviceId, fieldId, layers } = change;
  await mapConstraints(errorsOf(name ?? ''), () =>
    tx.execute(
      `UPDATE on_call_rota SET name = coalesce($2, name), zone = coalesce($3, zone), owner_id = coalesce($4, owner_id),
         owner_kind = coalesce($5, owner_kind), service_id = CASE WHEN $6 THEN $7 ELSE service_id END,
         field_id = CASE WHEN $8 THEN $9 ELSE field_id END, version = version + 1, updated_at = now()
       WHERE id = $1`,
      [
        ...[id, name ?? null, zone ?? null, owner?.id ?? null, owner?.kind ?? null],
        ...[serviceId !== undefined, serviceId ?? null, fieldId !== undefined, fieldId ?? null],
      ],
    ),
  );
  if (layers === undefined) return;
  await tx.execute('DELETE FROM on_call_layer WHERE rota_id = $1', [id]);
  await insertLayers(tx, id, layers);
}

/** Enters an override as the last one of a rota whose version it has just counted up. @throws AppError `unprocessable` `unsuitable-rota`. */
export async function insertOverride(tx: Tx, id: string, rotaId: string, override: NewOverride): Promise<void> {
  const { kind, personId, from, until, reason } = override;
  await mapConstraints({ on_call_override_person_id_fkey: () => unsuitable('#/personId', 'the id of a person') }, () =>
    tx.execute(
      `INSERT INTO on_call_override (id, rota_id, kind, person_id, from_at, until_at, reason, seq)
       SELECT $1, id, $3, $4, $5, $6, $7, version FROM on_call_rota WHERE id = $2`,
      [id, rotaId, kind, personId, dateOf(from), dateOf(until), reason],
    ),
  );
}

/** @returns false when it was cancelled before. */
export async function cancelOverrideRow(tx: Tx, id: string): Promise<boolean> {
  const cancelled = 'UPDATE on_call_override SET cancelled_at = now() WHERE id = $1 AND cancelled_at IS NULL';
  return (await tx.execute(cancelled, [id])) > 0;
}

async function insertLayers(tx: Tx, rotaId: string, layers: readonly Layer[]): Promise<void> {
  for (const [index, { participants, rotation, startsAtWallMs, windows }] of layers.entries()) {
    const startsOn = new Date(startsAtWallMs).toISOString().slice(0, 10);
    const minute = (startsAtWallMs % DAY_MS) / 60_000;
    await tx.execute(
      `INSERT INTO on_call_layer (rota_id, seq, rotation_unit, rotation_length, starts_on, handover_minute, windows)
       VALUES ($1, $2, $3, $4, $5::date, $6, $7::jsonb)`,
      [rotaId, index + 1, rotation.unit, rotation.length, startsOn, minute, JSON.stringify(windows)],
    );
    await mapConstraints({ on_call_turn_person_id_fkey: () => unsuitable('#/layers', 'ids of persons') }, () =>
      tx.execute(
        `INSERT INTO on_call_turn (rota_id, layer_seq, person_id, seq)
         SELECT $1, $2, t.* FROM unnest($3::uuid[]) WITH ORDINALITY AS t`,
        [rotaId, index + 1, participants],
      ),
    );
  }
}

const errorsOf = (name: string) => ({
  on_call_rota_name_unique: () => rowNameTaken(ROTA_TABLE, name),
  on_call_rota_service_id_fkey: () => unsuitable('#/serviceId', 'the id of a service'),
  on_call_rota_field_id_fkey: () => unsuitable('#/fieldId', 'the id of a field of skills'),
});

function unsuitable(field: string, needed: string): AppError {
  return new AppError('unprocessable', 'unsuitable-rota', `${field} must be ${needed}`, {
    fields: [{ field, message: `must be ${needed}` }],
  });
}
