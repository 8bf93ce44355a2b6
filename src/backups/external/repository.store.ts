import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import { repositoryById } from '../repository.queries.ts';
import type { NewRepository } from './repository.ts';

/** What a repository that nobody has tested says of itself. */
const NOT_CONNECTED = 'not connected yet: no worker of its tag has tested it';

/** @throws AppError `conflict` `repository-name-taken`. */
export async function insertRepository(tx: Tx, id: string, wanted: NewRepository): Promise<void> {
  await mapConstraints(nameErrors(wanted.name), () =>
    tx.execute(
      `INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity_kind, location_id, readers_max,
         bytes_per_second_max, unavailable_since, unavailable_reason)
       VALUES ($1, $2, 'local', $3, $4, $5, CASE WHEN $4 THEN 'sentinel' ELSE 'filesystem' END, $6, $7, $8, now(), $9)`,
      [
        id,
        wanted.name,
        wanted.root,
        wanted.writable,
        wanted.workerTag,
        wanted.locationId,
        wanted.readersMax,
        wanted.bytesPerSecondMax,
        NOT_CONNECTED,
      ],
    ),
  );
}

/**
 * Reads a repository in use, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-repository`; `stale` `stale-repository`; `conflict` `repository-retired`.
 */
export async function lockRepository(tx: Tx, id: string, expectedVersion: number): Promise<Repository> {
  await tx.execute('SELECT FROM repository WHERE id = $1 FOR NO KEY UPDATE', [id]);
  const found = await repositoryById(tx, id);
  if (found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-repository',
      `${found.name} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  requireInUse(found);
  return found;
}

/** @throws AppError `conflict` `repository-retired`. */
export function requireInUse({ name, retired }: Pick<Repository, 'name' | 'retired'>): void {
  if (retired === undefined) return;
  throw new AppError('conflict', 'repository-retired', `${name} is retired and changes no more`);
}

/** How a repository is after a change. */
export type RepositoryState = NewRepository & {
  /** Another place has to be tested before it counts as there. */
  readonly isElsewhere: boolean;
  /** What told it from others does so no more. */
  readonly isTakenAnew: boolean;
};

/** @throws AppError `conflict` `repository-name-taken`. */
export async function updateRepositoryRow(tx: Tx, id: string, state: RepositoryState): Promise<void> {
  await mapConstraints(nameErrors(state.name), () =>
    tx.execute(
      `UPDATE repository
          SET name = $2, root = $3, writable = $4, worker_tag = $5, location_id = $6, readers_max = $7,
              bytes_per_second_max = $8, version = version + 1,
              identity = CASE WHEN $9 THEN NULL ELSE identity END,
              identity_kind = CASE WHEN NOT $9 THEN identity_kind WHEN $4 THEN 'sentinel' ELSE 'filesystem' END,
              unavailable_since = CASE WHEN $10 THEN now() ELSE unavailable_since END,
              unavailable_reason = CASE WHEN $10 THEN $11 ELSE unavailable_reason END
        WHERE id = $1`,
      [
        id,
        state.name,
        state.root,
        state.writable,
        state.workerTag,
        state.locationId,
        state.readersMax,
        state.bytesPerSecondMax,
        state.isTakenAnew,
        state.isElsewhere,
        NOT_CONNECTED,
      ],
    ),
  );
}

/** Marks a repository as retired. The caller holds it by {@link lockRepository}. */
export async function retireRepositoryRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    'UPDATE repository SET retired_at = now(), retired_reason = $2, version = version + 1 WHERE id = $1',
    [id, reason],
  );
}

/**
 * Holds the location where a repository stands: it cannot be retired until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-location`.
 */
export async function holdRepositoryLocation(tx: Tx, locationId: string): Promise<void> {
  const [found] = await tx.rows<{ code: string; retired: boolean }>(
    'SELECT code, retired_at IS NOT NULL AS retired FROM location WHERE id = $1 FOR SHARE',
    [locationId],
  );
  if (found && !found.retired) return;
  const message = found ? `${found.code} is retired` : `there is no location ${locationId}`;
  throw new AppError('unprocessable', 'unsuitable-location', `A repository stands at a location in use: ${message}`, {
    fields: [{ field: '#/locationId', message: `must be the id of a location in use: ${message}` }],
  });
}

const AS_TESTED = 'id = $1 AND root = $2 AND worker_tag = $3 AND writable = $4 AND retired_at IS NULL';
const testedValues = ({ id, root, workerTag, writable }: Repository) => [id, root, workerTag, writable];

/**
 * Records that a repository was found as it must be.
 * @returns whether it still is what was tested; or the name of another repository that is this very directory.
 */
export async function recordConnected(tx: Tx, repository: Repository, identity: string): Promise<boolean | string> {
  const [other] = await tx.rows<{ name: string }>(
    `SELECT name FROM repository
      WHERE identity = $2 AND id <> $1 AND retired_at IS NULL AND (identity_kind = 'sentinel' OR worker_tag = $3)`,
    [repository.id, identity, repository.workerTag],
  );
  if (other) return other.name;
  const changed = await tx.execute(
    `UPDATE repository
        SET identity = $5, seen_at = now(), tested_at = now(), test_failure_code = NULL, test_failure = NULL,
            unavailable_since = NULL, unavailable_reason = NULL
      WHERE ${AS_TESTED}`,
    [...testedValues(repository), identity],
  );
  return changed === 1;
}

/** Records what was wrong with a repository; one that can still be read stays as available as it was. */
export async function recordNotConnected(
  tx: Tx,
  repository: Repository,
  failure: { readonly code: string; readonly message: string },
  { isStillReadable }: { readonly isStillReadable: boolean },
): Promise<void> {
  await tx.execute(
    `UPDATE repository
        SET tested_at = now(), test_failure_code = $5, test_failure = $6,
            unavailable_since = CASE WHEN $7 THEN unavailable_since ELSE coalesce(unavailable_since, now()) END,
            unavailable_reason = CASE WHEN $7 THEN unavailable_reason ELSE $6 END
      WHERE ${AS_TESTED}`,
    [...testedValues(repository), failure.code, failure.message, isStillReadable],
  );
}

function nameErrors(name: string) {
  return {
    repository_name_unique: () =>
      new AppError('conflict', 'repository-name-taken', `Another repository is called ${JSON.stringify(name)}`, {
        fields: [{ field: '#/name', message: 'is taken' }],
      }),
  };
}
