import type { Queryable } from '../../database/database.ts';
import type { PointState } from '../backup-catalogue.ts';

/** What the catalogue says of a point that was found. */
export interface KnownPoint {
  readonly id: string;
  readonly name: string;
  readonly state: PointState;
  readonly marks: Buffer | null;
  /** Null: somebody registered it, and discovery never saw it. */
  readonly file_count: number | null;
  readonly size_bytes: string;
  readonly version: number;
}

const KNOWN_POINT = 'id, name, state, marks, file_count, size_bytes, version';

/** Those of the named points of a set that the catalogue knows, whatever their state, by name. */
export async function knownPoints(
  db: Queryable,
  setId: string,
  names: readonly string[],
): Promise<Map<string, KnownPoint>> {
  // Each by its key. With the set given as a value, the planner may take a set that is new to it for one of few points, and
  // look through all of them for each name.
  const rows = await db.rows<KnownPoint>(
    `SELECT known.* FROM unnest($1::uuid[], $2::text[]) AS wanted (set_id, name) CROSS JOIN LATERAL (
       SELECT ${KNOWN_POINT} FROM recovery_point p WHERE p.set_id = wanted.set_id AND p.name = wanted.name LIMIT 1) known`,
    [names.map(() => setId), [...names]],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/**
 * Points of a set that should lie in its repository, by id, behind the given one. Not those that were entered since the
 * instant, nor those that somebody registered less than `graceSeconds` before it and that nobody saw yet.
 */
export async function expectedPoints(
  db: Queryable,
  setId: string,
  page: { readonly limit: number; readonly after: string | undefined },
  entered: { readonly before: Date; readonly graceSeconds: number },
): Promise<KnownPoint[]> {
  return db.rows<KnownPoint>(
    `SELECT ${KNOWN_POINT} FROM recovery_point
      WHERE set_id = $1 AND state = 'present' AND ($2::uuid IS NULL OR id > $2)
        AND created_at < $4::timestamptz - CASE WHEN file_count IS NULL THEN make_interval(secs => $5) ELSE interval '0' END
      ORDER BY id LIMIT $3`,
    [setId, page.after ?? null, page.limit, entered.before, entered.graceSeconds],
  );
}

/** The hash over what was listed of a set when it last agreed with the catalogue; undefined when nothing may be left out. */
export async function lastListing(db: Queryable, setId: string): Promise<Buffer | undefined> {
  const [row] = await db.rows<{ listing: Buffer | null }>('SELECT listing FROM backup_set WHERE id = $1', [setId]);
  return row?.listing ?? undefined;
}

/** How many points of a set are where, as a text to compare: another one when somebody else changed that. */
export async function pointCounts(db: Queryable, setId: string): Promise<string> {
  const rows = await db.rows<{ state: string; seen: boolean; points: string }>(
    `SELECT state, marks IS NOT NULL AS seen, count(*) AS points FROM recovery_point WHERE set_id = $1
      GROUP BY 1, 2 ORDER BY 1, 2`,
    [setId],
  );
  return rows.map(({ state, seen, points }) => `${state} ${seen} ${points}`).join('\n');
}

/** The directories in a repository's root that hold what Muster takes itself, with the ids of their sets. */
export async function ownDirectories(db: Queryable, repositoryId: string): Promise<Map<string, string>> {
  const rows = await db.rows<{ id: string; name: string }>(
    `SELECT id, name FROM backup_set WHERE repository_id = $1 AND kind <> 'external'`,
    [repositoryId],
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}
