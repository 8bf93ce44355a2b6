import type { Tx } from '../database/database.ts';
import type { Named } from './person-import.queries.ts';

/**
 * Holds the persons and teams that a file names, and the teams of those persons: nobody else can change them until the
 * transaction ends. In one order, so that two imports do not wait for each other in a circle.
 */
export async function holdForImport(tx: Tx, { emails, teams }: Pick<Named, 'emails' | 'teams'>): Promise<void> {
  await tx.execute(
    `WITH meant AS (
       SELECT x.id FROM person x WHERE lower(x.email) = ANY (ARRAY(SELECT lower(e) FROM unnest($1::text[]) e))
     )
     SELECT FROM principal
     WHERE id IN (SELECT id FROM meant)
       OR id IN (SELECT m.team_id FROM team_member m JOIN meant ON meant.id = m.person_id)
       OR (kind = 'team' AND lower(name) = ANY (ARRAY(SELECT lower(t) FROM unnest($2::text[]) t)))
     ORDER BY id FOR NO KEY UPDATE`,
    [emails, teams],
  );
}
