import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Repository } from './backup-catalogue.ts';
import type { PageBounds } from './catalogue.queries.ts';

/** Repositories by id, oldest first. */
export async function listRepositories(db: Queryable, page: PageBounds<string>): Promise<Repository[]> {
  const rows = await db.rows<RepositoryRow>(
    `${SELECT_REPOSITORY} WHERE $2::uuid IS NULL OR r.id > $2 ORDER BY r.id LIMIT $1`,
    [page.limit, page.after ?? null],
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
  kind: 'local';
  root: string;
  writable: boolean;
  worker_tag: string;
  identity_kind: Repository['identityKind'];
  identity: string;
  location_id: string | null;
  readers_max: number;
  bytes_per_second_max: string | null;
  seen_at: Date | null;
  unavailable_since: Date | null;
  unavailable_reason: string | null;
  retired_at: Date | null;
  retired_reason: string | null;
  version: number;
}

const SELECT_REPOSITORY = `
  SELECT r.id, r.name, r.kind, r.root, r.writable, r.worker_tag, r.identity_kind, r.identity, r.location_id, r.readers_max,
         r.bytes_per_second_max, r.seen_at, r.unavailable_since, r.unavailable_reason, r.retired_at, r.retired_reason,
         r.version
    FROM repository r`;

function repositoryOf(row: RepositoryRow): Repository {
  const { unavailable_since: since, unavailable_reason: reason, retired_at: retiredAt } = row;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    root: row.root,
    writable: row.writable,
    workerTag: row.worker_tag,
    identityKind: row.identity_kind,
    identity: row.identity,
    locationId: row.location_id ?? undefined,
    readersMax: row.readers_max,
    bytesPerSecondMax: row.bytes_per_second_max === null ? undefined : Number(row.bytes_per_second_max),
    seenAt: row.seen_at === null ? undefined : instantOf(row.seen_at),
    unavailable: since === null ? undefined : { since: instantOf(since), reason: reason ?? '' },
    retired: retiredAt === null ? undefined : { at: instantOf(retiredAt), reason: row.retired_reason ?? '' },
    version: row.version,
  };
}
