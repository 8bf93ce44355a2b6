import type { Queryable, Tx } from '../database/database.ts';
import type { FilledRole } from './participant.ts';

/** Keeps who fills a role of a run. */
export async function recordParticipant(
  tx: Tx,
  runId: string,
  { role, person, said }: Omit<FilledRole, 'filledAt'>,
): Promise<void> {
  await tx.execute(
    'INSERT INTO drill_participant (run_id, role, person_id, person_name, said) VALUES ($1, $2, $3, $4, $5)',
    [runId, role, person.id, person.name, said],
  );
}

/** The roles of a run that somebody fills, in the order in which they were filled. */
export async function filledRolesOf(db: Queryable, runId: string): Promise<FilledRole[]> {
  return db.rows<FilledRole>(
    `SELECT role, jsonb_build_object('id', person_id, 'name', person_name) AS person, said, filled_at AS "filledAt"
       FROM drill_participant WHERE run_id = $1 ORDER BY filled_at, role`,
    [runId],
  );
}
