import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { BackupSet, Repository } from './backup-catalogue.ts';
import type { PageBounds } from './catalogue.queries.ts';

/** Repositories by id, oldest first. */
export async function listRepositories(db: Queryable, page: PageBounds<string>): Promise<Repository[]> {
  const rows = await db.rows<RepositoryRow>(
    `${SELECT_REPOSITORY} WHERE $2::uuid IS NULL OR r.id > $2 ORDER BY r.id LIMIT $1`,
    [page.limit, page.after ?? null],
  );
  return rows.map(repositoryOf);
}

/** The repositories in use that watched sets in use lie in, oldest first. */
export async function repositoriesInUse(db: Queryable): Promise<Repository[]> {
  const rows = await db.rows<RepositoryRow>(
    `${SELECT_REPOSITORY} WHERE r.retired_at IS NULL AND EXISTS (
       SELECT FROM backup_set s WHERE s.repository_id = r.id AND s.pattern IS NOT NULL AND s.retired_at IS NULL)
     ORDER BY r.id`,
  );
  return rows.map(repositoryOf);
}

/** @throws AppError `not-found` `no-such-repository`. */
export async function repositoryById(db: Queryable, id: string): Promise<Repository> {
  const [row] = await db.rows<RepositoryRow>(`${SELECT_REPOSITORY} WHERE r.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-repository', `There is no repository ${id}`);
  return repositoryOf(row);
}

interface RepositoryRow {
  id: string;
  name: string;
  kind: Repository['kind'];
  root: string;
  place: Repository['place'] | null;
  writable: boolean;
  worker_tag: string;
  identity_kind: Repository['identityKind'];
  identity: string | null;
  location_id: string | null;
  readers_max: number;
  bytes_per_second_max: string | null;
  seen_at: Date | null;
  tested_at: Date | null;
  test_failure_code: string | null;
  test_failure: string | null;
  unavailable_since: Date | null;
  unavailable_reason: string | null;
  retired_at: Date | null;
  retired_reason: string | null;
  version: number;
}

const SELECT_REPOSITORY = `
  SELECT r.id, r.name, r.kind, r.root, r.place, r.writable, r.worker_tag, r.identity_kind, r.identity, r.location_id, r.readers_max,
         r.bytes_per_second_max, r.seen_at, r.tested_at, r.test_failure_code, r.test_failure, r.unavailable_since,
         r.unavailable_reason, r.retired_at, r.retired_reason, r.version
    FROM repository r`;

function repositoryOf(row: RepositoryRow): Repository {
  const { unavailable_since: since, unavailable_reason: reason, retired_at: retiredAt } = row;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    root: row.root,
    place: row.place ?? undefined,
    writable: row.writable,
    workerTag: row.worker_tag,
    identityKind: row.identity_kind,
    identity: row.identity ?? undefined,
    locationId: row.location_id ?? undefined,
    readersMax: row.readers_max,
    bytesPerSecondMax: row.bytes_per_second_max === null ? undefined : Number(row.bytes_per_second_max),
    seenAt: row.seen_at === null ? undefined : instantOf(row.seen_at),
    tested: testedOf(row),
    unavailable: since === null ? undefined : { since: instantOf(since), reason: reason ?? '' },
    retired: retiredAt === null ? undefined : { at: instantOf(retiredAt), reason: row.retired_reason ?? '' },
    version: row.version,
  };
}

function testedOf({ tested_at: at, test_failure_code: code, test_failure: message }: RepositoryRow) {
  if (at === null) return undefined;
  const failure = code === null || message === null ? undefined : { code, message };
  return { at: instantOf(at), failure };
}

/** Sets in use that lie in a repository, of one kind where it is named; at most `limit` of them, by name. */
export async function setsInUseOf(
  db: Queryable,
  repositoryId: string,
  limit: number,
  kind?: BackupSet['kind'],
): Promise<{ readonly name: string }[]> {
  return db.rows<{ name: string }>(
    `SELECT name FROM backup_set
      WHERE repository_id = $1 AND retired_at IS NULL AND ($3::text IS NULL OR kind = $3) ORDER BY name LIMIT $2`,
    [repositoryId, limit, kind ?? null],
  );
}
