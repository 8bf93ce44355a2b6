import type { Database, Queryable, Tx } from '../../database/database.ts';
import type { PathResult } from '../../verification/verify-file.ts';
import type { RunKey } from '../run.store.ts';

/** What was found of one file of a point, and of which state of it. */
export interface KeptResult {
  readonly path: string;
  /** As `marksOf` makes them: with others the file is read again. */
  readonly marks: Buffer;
  readonly result: PathResult;
}

/** Keeps results until their check is over. Of a check that another attempt has by now nothing is kept. */
export async function keepResults(db: Database, run: RunKey, results: readonly KeptResult[]): Promise<void> {
  await db.execute(
    `INSERT INTO backup_check_file (check_id, path, marks, result)
     SELECT c.id, kept.path, kept.marks, kept.result::jsonb
       FROM backup_check c, unnest($3::text[], $4::bytea[], $5::text[]) AS kept (path, marks, result)
      WHERE c.id = $1 AND c.attempt = $2 AND c.state = 'running'
     ON CONFLICT (check_id, path) DO UPDATE SET marks = EXCLUDED.marks, result = EXCLUDED.result`,
    [
      run.id,
      run.attempt,
      results.map(({ path }) => path),
      results.map(({ marks }) => marks),
      results.map(({ result }) => JSON.stringify(result)),
    ],
  );
}

/** What an earlier attempt of the same check has found, by path. */
export async function keptResults(db: Queryable, run: RunKey): Promise<Map<string, KeptResult>> {
  const rows = await db.rows<KeptResult>('SELECT path, marks, result FROM backup_check_file WHERE check_id = $1', [
    run.id,
  ]);
  return new Map(rows.map((row) => [row.path, row]));
}

/** Removes what all checks of points have kept: one of each is over, and what an older one left is of no use. */
export async function removeResults(tx: Tx, pointIds: readonly string[]): Promise<void> {
  await tx.execute(
    'DELETE FROM backup_check_file f USING backup_check c WHERE c.id = f.check_id AND c.point_id = ANY ($1)',
    [[...pointIds]],
  );
}
