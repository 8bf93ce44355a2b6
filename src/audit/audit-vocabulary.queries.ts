import type { Queryable } from '../database/database.ts';

/** What the trail can be asked for. */
export interface AuditVocabulary {
  readonly actors: readonly { readonly id: string; readonly name: string }[];
  readonly actions: readonly string[];
  readonly subjectKinds: readonly string[];
}

/** Values of one sort; more are no list to choose from. */
const VALUES_MAX = 2000;

/** Who acted (by the name of their newest entry), what was done and to things of which kinds, each in the order of the alphabet. */
export async function auditVocabulary(db: Queryable): Promise<AuditVocabulary> {
  const ids = await distinct(db, 'actor_id');
  const actors = await db.rows<{ id: string; name: string }>(
    `SELECT a.id, (SELECT e.actor_name FROM audit_entry e WHERE e.actor_id = a.id ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) AS name
     FROM unnest($1::uuid[]) AS a (id) ORDER BY 2, 1`,
    [ids],
  );
  return { actors, actions: await distinct(db, 'action'), subjectKinds: await distinct(db, 'subject_kind') };
}

/** Goes from each value to the next one through the column's index: as many steps as there are values, however long the trail is. */
async function distinct(db: Queryable, column: 'actor_id' | 'action' | 'subject_kind'): Promise<string[]> {
  const rows = await db.rows<{ value: string }>(
    `WITH RECURSIVE step AS (
       (SELECT ${column} AS value FROM audit_entry WHERE ${column} IS NOT NULL ORDER BY ${column} LIMIT 1)
       UNION ALL
       SELECT (SELECT e.${column} FROM audit_entry e WHERE e.${column} > step.value ORDER BY e.${column} LIMIT 1)
       FROM step WHERE step.value IS NOT NULL)
     SELECT value FROM step WHERE value IS NOT NULL LIMIT $1`,
    [VALUES_MAX],
  );
  return rows.map(({ value }) => value);
}
