import type { Tx } from '../database/database.ts';
import { mapConstraints, type SqlFailure } from '../database/sqlstate.ts';
import { AppError, type FieldProblem } from '../kernel/errors.ts';
import type { UnitChange, UnitCondition } from './unit.ts';
import type { LyingState, UnitState } from './unit-state.ts';

/** A unit that is to be received. Days and instants are ISO text; what is left out is not known. */
export interface NewUnit {
  readonly id: string;
  readonly partId: string;
  readonly serial: string;
  /** As the movement that receives it says. */
  readonly state: LyingState | 'in_repair';
  /** Where it lies; nowhere while it is in repair. */
  readonly locationId?: string | undefined;
  readonly assetTag?: string | undefined;
  readonly condition?: UnitCondition | undefined;
  readonly supplier?: string | undefined;
  readonly firmware?: string | undefined;
  readonly warrantyUntil?: string | undefined;
  /** Left out: the day of receipt plus the shelf life of its part, if that has one. */
  readonly expiresOn?: string | undefined;
  readonly lastTestedAt?: string | undefined;
  readonly note?: string | undefined;
}

/**
 * Inserts units as a movement of the same transaction receives them: without it, the transaction fails. Their next test is
 * due so many days after the last one (or the receipt) as their part says.
 * @param receivedAt the instant of receipt, which shelf life and test interval count from; now when left out.
 * @throws AppError `conflict` `serial-taken`, `asset-tag-taken`.
 */
export async function insertUnits(tx: Tx, units: readonly NewUnit[], receivedAt?: Date): Promise<void> {
  if (units.length === 0) return;
  await mapConstraints(TAKEN, () =>
    tx.execute(
      `INSERT INTO unit (id, part_id, serial, state, location_id, asset_tag, condition, supplier, firmware, warranty_until,
         expires_on, last_tested_at, test_due_on, last_seen_at, note)
       SELECT n.id, n."partId", n.serial, n.state, n."locationId", n."assetTag", coalesce(n.condition, 'new'), n.supplier,
         n.firmware, n."warrantyUntil", coalesce(n."expiresOn", (r.at AT TIME ZONE 'UTC')::date + p.shelf_life_days),
         n."lastTestedAt", (coalesce(n."lastTestedAt", r.at) AT TIME ZONE 'UTC')::date + p.test_interval_days, r.at, n.note
       FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, "partId" uuid, serial text, state text, "locationId" uuid,
         "assetTag" text, condition text, supplier text, firmware text, "warrantyUntil" date, "expiresOn" date,
         "lastTestedAt" timestamptz, note text)
       JOIN part p ON p.id = n."partId"
       CROSS JOIN (SELECT coalesce($2::timestamptz, now()) AS at) r`,
      [JSON.stringify(units), receivedAt?.toISOString() ?? null],
    ),
  );
}

/** A unit as it is before it moves or changes. */
export interface LockedUnit {
  readonly id: string;
  readonly partId: string;
  readonly serial: string;
  readonly state: UnitState;
  readonly locationId: string | null;
  readonly condition: UnitCondition;
  readonly version: number;
}

/** Reads units, which nobody else can move or change until the transaction ends. The pools of their parts are locked before. */
export async function lockUnits(tx: Tx, ids: readonly string[]): Promise<LockedUnit[]> {
  if (ids.length === 0) return [];
  return tx.rows<LockedUnit>(
    `SELECT id, part_id AS "partId", serial, state, location_id AS "locationId", condition, version
     FROM unit WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    [ids],
  );
}

/** Which part each unit is a piece of; what is not there is left out. A unit's part never changes. */
export async function partsOfUnits(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.rows<{ id: string }>('SELECT DISTINCT part_id AS id FROM unit WHERE id = ANY ($1::uuid[])', [
    ids,
  ]);
  return rows.map((row) => row.id);
}

/**
 * Changes a unit's own facts and counts its version up. The caller holds it by {@link lockUnits}.
 * @throws AppError `conflict` `asset-tag-taken`, `damaged-in-stock`.
 */
export async function updateUnitFacts(tx: Tx, id: string, change: UnitChange): Promise<void> {
  const columns = Object.entries(COLUMNS).filter(([key]) => change[key as keyof UnitChange] !== undefined);
  const values = columns.map(([key]) => change[key as keyof UnitChange]);
  await mapConstraints(TAKEN, () =>
    tx.execute(
      `UPDATE unit SET ${columns.map(([, column], index) => `${column} = $${index + 2}`).join(', ')},
         version = version + 1, updated_at = now() WHERE id = $1`,
      [id, ...values],
    ),
  );
}

/** States how good units are. The caller holds them, and has seen that none of them lies in stock damaged. */
export async function setConditions(
  tx: Tx,
  units: readonly { readonly id: string; readonly condition: UnitCondition }[],
): Promise<void> {
  if (units.length === 0) return;
  await tx.execute(
    `UPDATE unit u SET condition = c.condition, version = u.version + 1, updated_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS c (id uuid, condition text) WHERE u.id = c.id`,
    [JSON.stringify(units)],
  );
}

/** Notes that units were seen at this moment. The caller holds them. */
export async function noteSeen(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    'UPDATE unit SET last_seen_at = now(), version = version + 1, updated_at = now() WHERE id = ANY ($1)',
    [ids],
  );
}

const COLUMNS: Readonly<Record<keyof UnitChange, string>> = {
  assetTag: 'asset_tag',
  condition: 'condition',
  supplier: 'supplier',
  firmware: 'firmware',
  warrantyUntil: 'warranty_until',
  expiresOn: 'expires_on',
  note: 'note',
};

const TAKEN: Readonly<Record<string, (failure: SqlFailure) => AppError>> = {
  unit_serial_unique: () => taken('serial-taken', 'Another unit of this part has this serial number already'),
  unit_asset_tag_unique: () =>
    taken('asset-tag-taken', 'Another unit bears this asset tag', [{ field: '#/assetTag', message: 'is taken' }]),
  unit_damaged_is_no_stock: () =>
    new AppError('conflict', 'damaged-in-stock', 'A damaged unit cannot lie in stock: quarantine it first', {
      fields: [{ field: '#/condition', message: 'must not be damaged while the unit is in stock' }],
    }),
};

function taken(code: string, message: string, fields: readonly FieldProblem[] = []): AppError {
  return new AppError('conflict', code, message, { fields });
}
