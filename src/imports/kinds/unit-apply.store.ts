import type { Tx } from '../../database/database.ts';
import { type ApplyAct, PLANNED } from '../import-kind.ts';

/** Receives new units, corrects the facts of known ones, and moves those that lie elsewhere, for lines between two numbers. */
export async function applyUnits(tx: Tx, { importId, actorId, fromLine, toLine }: ApplyAct): Promise<void> {
  const lines = [fromLine, toLine];
  await tx.execute(RECEIVED, lines);
  await tx.execute(CORRECTED, lines);
  await tx.execute(MOVED, [...lines, importId, actorId]);
}

const RECEIVED = `INSERT INTO unit (id, part_id, serial, state, location_id, asset_tag, condition, supplier, firmware,
    warranty_until, expires_on, last_tested_at, test_due_on, note)
  SELECT n.subject_id, n.part_id, n.serial, n.state, n.location_id, n.asset_tag, n.condition, n.supplier, n.firmware,
    n.warranty_until::date, coalesce(n.expires_on::date, utc_today() + p.shelf_life_days),
    n.last_tested_on::date::timestamp AT TIME ZONE 'UTC', coalesce(n.last_tested_on::date, utc_today()) + p.test_interval_days,
    n.note
  FROM ${PLANNED} n JOIN part p ON p.id = n.part_id
  WHERE n.outcome = 'create' AND n.line BETWEEN $1 AND $2`;

const CORRECTED = `UPDATE unit u SET asset_tag = n.asset_tag, condition = n.condition, supplier = n.supplier,
    firmware = n.firmware, warranty_until = n.warranty_until::date, expires_on = n.expires_on::date, note = n.note,
    version = u.version + 1, updated_at = now()
  FROM ${PLANNED} n
  WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND u.id = n.subject_id
    AND (u.asset_tag, u.condition, u.supplier, u.firmware, u.warranty_until, u.expires_on, u.note) IS DISTINCT FROM
      (n.asset_tag, n.condition, n.supplier, n.firmware, n.warranty_until::date, n.expires_on::date, n.note)`;

// One batch of movements has the import's own number.
const MOVED = `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id, actor_id)
  SELECT $3, CASE WHEN n.outcome = 'create' THEN 'receive' ELSE 'transfer' END, n.part_id, n.subject_id,
    n.state, n.location_id, $4
  FROM ${PLANNED} n LEFT JOIN unit u ON u.id = n.subject_id
  WHERE n.line BETWEEN $1 AND $2
    AND (n.outcome = 'create'
      OR (n.outcome = 'update' AND n.location_id IS NOT NULL AND n.location_id IS DISTINCT FROM u.location_id))
  ORDER BY n.line`;
