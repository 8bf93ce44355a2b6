import type { Tx } from '../../database/database.ts';
import { type ApplyAct, PLANNED } from '../import-kind.ts';

const VALUES = `n.name, coalesce(n.category_id, p.category_id), n.unit_of_measure, coalesce(n.custom, '{}')::jsonb, o.id, o.kind,
  n.emergency_reserve::integer, n.reorder_point::integer, n.reorder_quantity::integer, n.lead_time_days::integer,
  n.shelf_life_days::integer, n.test_interval_days::integer, n.mtbf_hours::bigint, n.annual_failure_rate::double precision,
  n.installed_base::integer, n.unit_cost::numeric, n.currency`;

const COLUMNS = `name, category_id, unit_of_measure, custom, owner_id, owner_kind, emergency_reserve, reorder_point,
  reorder_quantity, lead_time_days, shelf_life_days, test_interval_days, mtbf_hours, annual_failure_rate, installed_base,
  unit_cost, currency`;

// The owner by name as the plan has it: also one that the file does not state.
const OWNER = 'LEFT JOIN principal o ON lower(o.name) = lower(n.owner)';

/** Adds new parts and changes known ones, for lines between two numbers. Another test interval moves due dates of units. */
export async function applyParts(tx: Tx, { fromLine, toLine }: ApplyAct): Promise<void> {
  const lines = [fromLine, toLine];
  await tx.execute(
    `INSERT INTO part (id, manufacturer, part_number, tracking, ${COLUMNS})
     SELECT n.subject_id, n.manufacturer, n.part_number, n.tracking, ${VALUES}
     FROM ${PLANNED} n LEFT JOIN part p ON p.id = n.subject_id ${OWNER}
     WHERE n.outcome = 'create' AND n.line BETWEEN $1 AND $2`,
    lines,
  );
  await tx.execute(
    `UPDATE unit u SET test_due_on = (coalesce(u.last_tested_at, u.created_at) AT TIME ZONE 'UTC')::date
         + n.test_interval_days::integer, version = u.version + 1, updated_at = now()
     FROM ${PLANNED} n JOIN part p ON p.id = n.subject_id
     WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND u.part_id = p.id
       AND p.test_interval_days IS DISTINCT FROM n.test_interval_days::integer`,
    lines,
  );
  await tx.execute(
    `UPDATE part t SET (${COLUMNS}) = (SELECT ${VALUES}), version = t.version + 1, updated_at = now()
     FROM ${PLANNED} n JOIN part p ON p.id = n.subject_id ${OWNER}
     WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND t.id = p.id`,
    lines,
  );
}
