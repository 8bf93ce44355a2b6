import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { EntryKind } from './entry.ts';

/** What an entry refers to. */
export interface EntryReferences {
  readonly personId?: string | undefined;
  readonly teamId?: string | undefined;
  readonly allocationId?: string | undefined;
}

/** An entry as it is written. */
export interface EntryDraft extends EntryReferences {
  readonly incidentId: string;
  readonly kind: EntryKind;
  readonly atMs: number;
  readonly lateBecause: string | null;
  readonly details: object;
  readonly byId: string;
}

/**
 * Appends an entry to an incident that the caller holds.
 * @throws AppError `unprocessable` `unsuitable-person`; `conflict` `allocation-dispatched`.
 */
export async function insertEntry(tx: Tx, draft: EntryDraft): Promise<string> {
  const id = newId();
  const field = { field: '#/personId', message: 'must be the id of a person' };
  const noPerson = () =>
    new AppError('unprocessable', 'unsuitable-person', `There is no person ${draft.personId}`, { fields: [field] });
  const goesAlready = () =>
    new AppError('conflict', 'allocation-dispatched', 'What was allocated goes to an incident already', {
      fields: [{ field: '#/allocationId', message: 'must not have been dispatched before' }],
    });
  const errors = { incident_entry_person_id_fkey: noPerson, incident_entry_of_allocation: goesAlready };
  await mapConstraints(errors, () =>
    tx.execute(
      `INSERT INTO incident_entry (id, incident_id, kind, happened_at, late_because, details, person_id, team_id,
         allocation_id, by_id)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10)`,
      [
        ...[id, draft.incidentId, draft.kind, new Date(draft.atMs), draft.lateBecause, JSON.stringify(draft.details)],
        ...[draft.personId ?? null, draft.teamId ?? null, draft.allocationId ?? null, draft.byId],
      ],
    ),
  );
  return id;
}

/** How many entries of a kind an incident has, and when the latest of what they tell happened; null without any. */
export async function entriesOfKind(
  db: Queryable,
  incidentId: string,
  kind: EntryKind,
): Promise<{ readonly count: number; readonly latestMs: number | null }> {
  const [row] = await db.rows<{ count: number; latestMs: number | null }>(
    `SELECT count(*)::integer AS count, trunc(extract(epoch FROM max(happened_at)) * 1000)::float8 AS "latestMs"
     FROM incident_entry WHERE incident_id = $1 AND kind = $2`,
    [incidentId, kind],
  );
  return row ?? { count: 0, latestMs: null };
}

/** The parts and products of these ids that there are. */
export async function knownResources(db: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.rows<{ id: string }>(
    'SELECT id FROM part WHERE id = ANY ($1::uuid[]) UNION SELECT id FROM licence_product WHERE id = ANY ($1::uuid[])',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
