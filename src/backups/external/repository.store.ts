import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import { repositoryById } from '../repository.queries.ts';
import type { NewRepository } from './repository.ts';

/** What a repository that nobody has tested says of itself. */
const NOT_CONNECTED = 'not connected yet: no worker of its tag has tested it';

/** What of a repository does not depend on where it is. */
type StatedOfRepository = Omit<NewRepository, 'root' | 'place' | 'credentials'>;

/** Where a repository is: a directory, or a place on another machine with its address as root. */
export interface RepositoryWhere {
  readonly kind: Repository['kind'];
  readonly root: string;
  readonly place: Repository['place'];
}

type RepositoryRow = StatedOfRepository & RepositoryWhere & { readonly sealedCredentials: string | undefined };

/** With the right to write as the 4th value, and the kind as the 10th: how a repository is told from others. */
const IDENTITY_KIND = `CASE WHEN $4 THEN 'sentinel' WHEN $10 = 'local' THEN 'filesystem' ELSE 'place' END`;

/** @throws AppError `conflict` `repository-name-taken`. */
export async function insertRepository(
  tx: Tx,
  id: string,
  { kind, root, place, sealedCredentials, ...wanted }: RepositoryRow,
): Promise<void> {
  await mapConstraints(nameErrors(wanted.name), () =>
    tx.execute(
      `INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity_kind, location_id, readers_max,
         bytes_per_second_max, unavailable_since, unavailable_reason, place, sealed_credentials)
       VALUES ($1, $2, $10, $3, $4, $5, ${IDENTITY_KIND}, $6, $7, $8, now(), $9, $11, $12)`,
      [
        id,
        wanted.name,
        root,
        wanted.writable,
        wanted.workerTag,
        wanted.locationId,
        wanted.readersMax,
        wanted.bytesPerSecondMax,
        NOT_CONNECTED,
        kind,
        place === undefined ? null : JSON.stringify(place),
        sealedCredentials ?? null,
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
export type RepositoryState = StatedOfRepository &
  RepositoryWhere & {
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
              identity_kind = CASE WHEN NOT $9 THEN identity_kind ELSE ${IDENTITY_KIND} END, place = $13,
              unavailable_since = CASE WHEN $12 THEN now() ELSE unavailable_since END,
              unavailable_reason = CASE WHEN $12 THEN $11 ELSE unavailable_reason END
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
        state.kind,
        NOT_CONNECTED,
        state.isElsewhere,
        state.place === undefined ? null : JSON.stringify(state.place),
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

const AS_TESTED = `id = $1 AND root = $2 AND worker_tag = $3 AND writable = $4 AND retired_at IS NULL
        AND place IS NOT DISTINCT FROM $5::jsonb`;
const testedValues = ({ id, root, workerTag, writable, place }: Repository) => [
  ...[id, root, workerTag, writable],
  place === undefined ? null : JSON.stringify(place),
];

/**
 * Records that a repository was found as it must be.
 * @returns whether it still is what was tested; or the name of another repository that is this very directory.
 */
export async function recordConnected(tx: Tx, repository: Repository, identity: string): Promise<boolean | string> {
  const [other] = await tx.rows<{ name: string }>(
    `SELECT name FROM repository
      WHERE identity = $2 AND id <> $1 AND retired_at IS NULL AND (identity_kind <> 'filesystem' OR worker_tag = $3)`,
    [repository.id, identity, repository.workerTag],
  );
  if (other) return other.name;
  const changed = await tx.execute(
    `UPDATE repository
        SET identity = $6, seen_at = now(), tested_at = now(), test_failure_code = NULL, test_failure = NULL,
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
        SET tested_at = now(), test_failure_code = $6, test_failure = $7,
            unavailable_since = CASE WHEN $8 THEN unavailable_since ELSE coalesce(unavailable_since, now()) END,
            unavailable_reason = CASE WHEN $8 THEN unavailable_reason ELSE $7 END
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
