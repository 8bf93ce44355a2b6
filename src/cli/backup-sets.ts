import type { BackupSet, RecoveryPoint, Repository } from '../backups/backup-catalogue.ts';
import { backupSetByName, listBackupSets } from '../backups/backup-set.queries.ts';
import { listPoints, pointsByName } from '../backups/catalogue.queries.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { unknownName } from './arguments.ts';

const NAMES_MAX = 200;

/**
 * The backup set of a name.
 * @throws AppError `usage` `unknown-backup-set` with the most similar name.
 */
export async function setNamed(db: Queryable, name: string): Promise<BackupSet> {
  const found = await backupSetByName(db, name);
  if (found) return found;
  const known = (await listBackupSets(db, { limit: NAMES_MAX })).map((set) => set.name);
  throw unknownName('backup set', name, known);
}

/** A recovery point and where it lies. */
export interface FoundPoint {
  readonly point: RecoveryPoint;
  readonly repository: Repository;
}

/**
 * The recovery point of a name in a set, or its youngest.
 * @throws AppError `usage` `unknown-recovery-point`; `not-found` `no-recovery-point` when the set has none.
 */
export async function pointNamed(db: Queryable, set: BackupSet, name: string | undefined): Promise<FoundPoint> {
  const present = await listPoints(db, set.id, { limit: NAMES_MAX });
  const point = name === undefined ? present[0] : (await pointsByName(db, set.id, [name]))[0];
  if (point) return { point, repository: await repositoryById(db, point.repositoryId) };
  if (name !== undefined) {
    throw unknownName(
      'recovery point',
      name,
      present.map((known) => known.name),
    );
  }
  throw new AppError('not-found', 'no-recovery-point', `The backup set ${set.name} has no recovery point yet`);
}

/** The points of a set that should be there, youngest first, as many as a check run takes. */
export async function presentPoints(db: Queryable, set: BackupSet): Promise<FoundPoint[]> {
  const points = await listPoints(db, set.id, { limit: CHECKED_MAX });
  const repositories = new Map<string, Repository>();
  for (const id of new Set(points.map(({ repositoryId }) => repositoryId))) {
    repositories.set(id, await repositoryById(db, id));
  }
  return points.flatMap((point) => {
    const repository = repositories.get(point.repositoryId);
    return repository === undefined ? [] : [{ point, repository }];
  });
}

/** A run of hours: the policy of the set reads more. */
const CHECKED_MAX = 10_000;
