import type { Queryable, Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';

/** One discovery of one repository. */
export interface DiscoveryRun {
  readonly repositoryId: string;
  readonly runId: string;
  /** By the database's clock. */
  readonly startedAt: Date;
}

/** A discovery that says nothing for so long is dead. */
const SILENCE_SECONDS_MAX = 60;

/** Begins a discovery; undefined while another one of the same repository is alive. */
export async function beginDiscovery(
  db: Queryable,
  repositoryId: string,
  runId: string,
): Promise<DiscoveryRun | undefined> {
  const [row] = await db.rows<{ started_at: Date }>(
    `INSERT INTO repository_discovery AS d (repository_id, run_id) VALUES ($1, $2)
     ON CONFLICT (repository_id) DO UPDATE SET run_id = EXCLUDED.run_id, started_at = now(), heartbeat_at = now()
       WHERE d.heartbeat_at < now() - make_interval(secs => $3)
     RETURNING started_at`,
    [repositoryId, runId, SILENCE_SECONDS_MAX],
  );
  return row && { repositoryId, runId, startedAt: row.started_at };
}

/**
 * Says that a discovery is alive. In a transaction it also keeps everybody else from taking the repository over until that
 * is committed: nothing is written under a discovery that was taken for dead.
 * @throws AppError `stale` `discovery-superseded`.
 */
export async function holdDiscovery(db: Queryable, { repositoryId, runId }: DiscoveryRun): Promise<void> {
  const held = await db.execute(
    'UPDATE repository_discovery SET heartbeat_at = now() WHERE repository_id = $1 AND run_id = $2',
    [repositoryId, runId],
  );
  if (held === 1) return;
  throw new AppError('stale', 'discovery-superseded', 'Another discovery of the repository took over meanwhile');
}

export async function endDiscovery(db: Queryable, { repositoryId, runId }: DiscoveryRun): Promise<void> {
  await db.execute('DELETE FROM repository_discovery WHERE repository_id = $1 AND run_id = $2', [repositoryId, runId]);
}

/** The repository was found where it should be. */
export async function recordSeen(db: Queryable, repositoryId: string): Promise<void> {
  await db.execute(
    'UPDATE repository SET seen_at = now(), unavailable_since = NULL, unavailable_reason = NULL WHERE id = $1',
    [repositoryId],
  );
}

/** The repository was not there; answers whether that is news. */
export async function recordUnavailable(db: Queryable, repositoryId: string, reason: string): Promise<boolean> {
  const changed = await db.execute(
    `UPDATE repository SET unavailable_since = now(), unavailable_reason = $2
      WHERE id = $1 AND unavailable_since IS NULL`,
    [repositoryId, reason],
  );
  return changed === 1;
}

/** A set was listed, and everything lay as before. */
export async function recordListed(db: Queryable, setId: string): Promise<void> {
  await db.execute('UPDATE backup_set SET listed_at = now() WHERE id = $1', [setId]);
}

/** What was listed of a set agrees with the catalogue; undefined: it has to be compared again next time. */
export async function recordListing(tx: Tx, setId: string, listing: Buffer | undefined): Promise<void> {
  await tx.execute('UPDATE backup_set SET listed_at = now(), listing = $2 WHERE id = $1', [setId, listing ?? null]);
}

/**
 * Notes points that may still be written to, and answers the names of those that have been the same for `settleSeconds` of
 * the database's clock.
 */
export async function observeCandidates(
  tx: Tx,
  setId: string,
  seen: readonly { readonly name: string; readonly marks: Buffer }[],
  settleSeconds: number,
): Promise<Set<string>> {
  const rows = await tx.rows<{ name: string; is_still: boolean }>(
    `INSERT INTO point_candidate AS c (set_id, name, marks)
     SELECT $1, s.name, s.marks FROM unnest($2::text[], $3::bytea[]) AS s (name, marks)
     ON CONFLICT (set_id, name) DO UPDATE
       SET marks = EXCLUDED.marks, since = CASE WHEN c.marks = EXCLUDED.marks THEN c.since ELSE now() END
     RETURNING name, since <= now() - make_interval(secs => $4) AS is_still`,
    [setId, seen.map(({ name }) => name), seen.map(({ marks }) => marks), settleSeconds],
  );
  return new Set(rows.filter((row) => row.is_still).map((row) => row.name));
}

/** These are points now. */
export async function forgetCandidates(tx: Tx, setId: string, names: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM point_candidate WHERE set_id = $1 AND name = ANY ($2)', [setId, [...names]]);
}

/** Whatever else is waiting is not there any more. */
export async function keepCandidates(tx: Tx, setId: string, waiting: readonly string[]): Promise<void> {
  await tx.execute(
    `DELETE FROM point_candidate c WHERE c.set_id = $1
        AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS w (name) WHERE w.name = c.name)`,
    [setId, [...waiting]],
  );
}
