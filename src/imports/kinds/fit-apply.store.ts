import type { Tx } from '../../database/database.ts';
import { FITS_OF_ONE_MAX } from '../../inventory/fit.ts';
import { type ApplyAct, PLANNED, STAGED } from '../import-kind.ts';

/** Holds both ends of all edges that the file names, in the order in which everybody locks them, and the edges that there are. */
export async function holdFits(tx: Tx): Promise<void> {
  await tx.execute(
    `SELECT FROM part WHERE (lower(manufacturer), lower(part_number)) IN
       (SELECT lower(manufacturer), lower(part_number) FROM ${STAGED}
        UNION SELECT lower(replaced_manufacturer), lower(replaced_part_number) FROM ${STAGED}) ORDER BY id FOR NO KEY UPDATE`,
  );
  await tx.execute(
    `SELECT FROM device_model WHERE (lower(manufacturer), lower(model)) IN
       (SELECT lower(device_manufacturer), lower(device_model) FROM ${STAGED}) ORDER BY id FOR NO KEY UPDATE`,
  );
  await tx.execute(
    `SELECT FROM part_fit WHERE part_id IN
       (SELECT p.id FROM part p JOIN ${STAGED} s ON lower(p.manufacturer) = lower(s.manufacturer)
          AND lower(p.part_number) = lower(s.part_number)) ORDER BY id FOR NO KEY UPDATE`,
  );
}

/** Marks new edges from a device model or part that would have too many with them. */
export async function judgeFitCounts(tx: Tx): Promise<void> {
  await tx.execute(
    `UPDATE ${PLANNED} n SET outcome = 'error', problems = coalesce(n.problems, '[]') || jsonb_build_array(jsonb_build_object(
         'field', 'part_number', 'message', 'would be one of more than ${FITS_OF_ONE_MAX} parts that serve for it'))
     FROM (
       SELECT p.line, coalesce(there.count, 0) + row_number() OVER (PARTITION BY there_of ORDER BY p.line) AS count
       FROM ${PLANNED} p CROSS JOIN LATERAL (SELECT coalesce(p.device_model_id, p.replaced_part_id) AS there_of) o
       LEFT JOIN (SELECT coalesce(device_model_id, replaced_part_id) AS served, count(*) FROM part_fit GROUP BY 1) there
         ON there.served = o.there_of
       WHERE p.outcome = 'create'
     ) counted
     WHERE counted.line = n.line AND counted.count > ${FITS_OF_ONE_MAX}`,
  );
}

/** Adds new edges and changes how well known ones serve, for lines between two numbers. */
export async function applyFits(tx: Tx, { fromLine, toLine }: ApplyAct): Promise<void> {
  const lines = [fromLine, toLine];
  await tx.execute(
    `INSERT INTO part_fit (id, part_id, device_model_id, replaced_part_id, rank, quantity, conditions)
     SELECT subject_id, part_id, device_model_id, replaced_part_id, rank::integer, quantity::integer, conditions
     FROM ${PLANNED} WHERE outcome = 'create' AND line BETWEEN $1 AND $2`,
    lines,
  );
  await tx.execute(
    `UPDATE part_fit f SET rank = n.rank::integer, quantity = n.quantity::integer, conditions = n.conditions,
       version = f.version + 1, updated_at = now()
     FROM ${PLANNED} n WHERE n.outcome = 'update' AND n.line BETWEEN $1 AND $2 AND f.id = n.subject_id`,
    lines,
  );
}
