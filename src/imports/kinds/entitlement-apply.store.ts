import type { Tx } from '../../database/database.ts';
import { type ApplyAct, PLANNED, STAGED } from '../import-kind.ts';

/** Holds all entitlements of the products that the file names, as everybody does who takes seats, then the products. */
export async function holdEntitlements(tx: Tx): Promise<void> {
  await tx.execute(
    `SELECT lock_pools('{}', ARRAY(SELECT e.id FROM entitlement e JOIN licence_product p ON p.id = e.product_id
       WHERE (lower(p.vendor), lower(p.name)) IN (SELECT lower(vendor), lower(product) FROM ${STAGED})))`,
  );
  await tx.execute(
    `SELECT FROM licence_product WHERE (lower(vendor), lower(name)) IN
       (SELECT lower(vendor), lower(product) FROM ${STAGED}) ORDER BY id FOR SHARE`,
  );
}

/** Marks lines that mean, by id or by name, an entitlement which an earlier line means. */
export async function judgeRepeated(tx: Tx): Promise<void> {
  await tx.execute(
    `UPDATE ${PLANNED} n SET outcome = 'error', problems = jsonb_build_array(jsonb_build_object(
         'field', 'name', 'message', 'is there twice, first in line ' || r.first))
     FROM (SELECT line, min(line) OVER (PARTITION BY subject_id) AS first FROM ${PLANNED} WHERE outcome <> 'error') r
     WHERE r.line > r.first AND n.line = r.line`,
  );
}

const COLUMNS = `name, metric, quantity, term, starts_on, ends_on, support_ends_on, contract, cost, currency, owner_id, owner_kind,
  emergency_reserve, overuse, overuse_percent_max, note`;

const VALUES = `n.name, n.metric, n.quantity::integer, CASE WHEN n.ends_on IS NULL THEN 'perpetual' ELSE 'term' END,
  n.starts_on::date, n.ends_on::date, n.support_ends_on::date, n.contract, n.cost::numeric, n.currency, o.id, o.kind,
  n.emergency_reserve::integer, CASE WHEN n.overuse_percent_max = '0' THEN 'deny' ELSE 'allow' END,
  n.overuse_percent_max::integer, n.note`;

// The owner by name as the plan has it: also one that the file does not state.
const OWNER = 'LEFT JOIN principal o ON lower(o.name) = lower(n.owner)';

/** Adds new entitlements and changes known ones, for lines between two numbers. Fewer seats than are in use are the truth. */
export async function applyEntitlements(tx: Tx, { fromLine, toLine }: ApplyAct): Promise<void> {
  const lines = [fromLine, toLine];
  await tx.execute(
    `INSERT INTO entitlement (id, product_id, ${COLUMNS})
     SELECT n.subject_id, n.product_id, ${VALUES} FROM ${PLANNED} n ${OWNER}
     WHERE n.outcome = 'create' AND n.line BETWEEN $1 AND $2`,
    lines,
  );
  await tx.execute(
    `UPDATE entitlement e SET (${COLUMNS}) = (SELECT ${VALUES}), version = e.version + 1, updated_at = now()
     FROM ${PLANNED} n ${OWNER}
     WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND e.id = n.subject_id`,
    lines,
  );
}
