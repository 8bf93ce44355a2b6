import type { Queryable, Tx } from '../database/database.ts';
import type { Confirmation, ConfirmationRequest } from './confirmation.ts';

/** Keeps that a run waits for a person. */
export async function askForConfirmation(tx: Tx, runId: string, step: string, instructions: string): Promise<void> {
  await tx.execute(
    'INSERT INTO drill_confirmation (run_id, step, instructions) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [runId, step, instructions],
  );
}

/** What a run has asked of people, in the order in which it did. */
export async function confirmationsOf(db: Queryable, runId: string): Promise<Confirmation[]> {
  return db.rows<Confirmation>(
    `SELECT step, instructions, asked_at AS "askedAt", outcome, note, person_name AS "personName", role,
            answered_at AS "answeredAt"
       FROM drill_confirmation WHERE run_id = $1 ORDER BY asked_at, step`,
    [runId],
  );
}

/** Keeps a person's answer to something that nobody has answered. */
export async function answerConfirmation(
  tx: Tx,
  runId: string,
  { step, outcome, note }: ConfirmationRequest,
  { person, role }: { readonly person: { readonly id: string; readonly name: string }; readonly role: string | null },
): Promise<void> {
  await tx.execute(
    `UPDATE drill_confirmation SET outcome = $3, note = $4, person_id = $5, person_name = $6, role = $7,
            answered_at = clock_timestamp()
      WHERE run_id = $1 AND step = $2 AND outcome IS NULL`,
    [runId, step, outcome, note, person.id, person.name, role],
  );
}
