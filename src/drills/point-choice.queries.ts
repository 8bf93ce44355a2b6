import type { Queryable } from '../database/database.ts';

/** A recovery point as the catalogue has it. */
export interface CataloguedPoint {
  readonly id: string;
  readonly name: string;
  readonly digest: string | null;
  readonly takenAt: Date;
  readonly sizeBytes: string;
  readonly repository: string;
  readonly root: string;
  /** What the repository's sentinel must say. */
  readonly identity: string;
}

/** The newest point of a set that was not deleted on purpose; a missing one counts, for its absence is what a drill must find. */
export async function newestPoint(
  db: Queryable,
  set: string,
  soundOnly: boolean,
): Promise<CataloguedPoint | undefined> {
  const rows = await db.rows<CataloguedPoint>(
    `SELECT p.id, p.name, p.digest, p.taken_at AS "takenAt", p.size_bytes AS "sizeBytes",
            r.name AS repository, r.root, r.identity
       FROM recovery_point p JOIN backup_set s ON s.id = p.set_id JOIN repository r ON r.id = p.repository_id
      WHERE s.name = $1 AND p.state <> 'deleted' AND (NOT $2 OR (p.state = 'present' AND p.verdict = 'sound'))
      ORDER BY p.taken_at DESC, p.id DESC LIMIT 1`,
    [set, soundOnly],
  );
  return rows[0];
}
