import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/**
 * Makes sure that a subject of clocks is no incident: what happens in one is entered with what proves it, and its clocks follow.
 * @throws AppError `conflict` `subject-is-incident`.
 */
export async function requireNoIncident(db: Queryable, subject: string): Promise<void> {
  const [found] = await db.rows<{ id: string }>('SELECT id FROM incident WHERE number = $1', [subject]);
  if (!found) return;
  const message = `${subject} is an incident: its clocks follow what is entered below /incidents/${found.id}`;
  throw new AppError('conflict', 'subject-is-incident', message, { fields: [{ field: '#/subject', message }] });
}
