import type { RecoveryPoint, Repository } from '../backups/backup-catalogue.ts';
import { backupSetByName } from '../backups/backup-set.queries.ts';
import { newestPoint, newestSoundPoint } from '../backups/catalogue.queries.ts';
import { pointDirectoryOf } from '../backups/check.ts';
import { requireAvailable } from '../backups/repository.identity.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { readManifest } from '../verification/manifest-read.ts';
import type { DrillDefinition } from './definition.ts';

/** The recovery point that a run restores, and where it lies. */
export interface SelectedPoint {
  readonly point: RecoveryPoint;
  readonly repository: Repository;
  readonly directory: string;
  /** An estimate of what it becomes when it is unpacked. */
  readonly unpackedBytes: number;
}

/** Where a damaged manifest does not tell the unpacked size: databases rarely shrink below a tenth. */
const UNPACKED_FACTOR = 10;

/**
 * Chooses the recovery point as the definition says. One that is missing in its repository is chosen all the same: its
 * absence is what the drill must find.
 *
 * @throws AppError `not-found` `no-recovery-point` when the set has none that fits; `unavailable`
 * `repository-unavailable` when its disk is not there.
 */
export async function choosePoint(db: Queryable, choice: DrillDefinition['recoveryPoint']): Promise<SelectedPoint> {
  const set = await backupSetByName(db, choice.set);
  if (!set) throw new AppError('not-found', 'no-recovery-point', `There is no backup set ${choice.set}`);
  const soundOnly = choice.select === 'latestSound';
  const point = await (soundOnly ? newestSoundPoint(db, set.id) : newestPoint(db, set.id));
  if (!point) {
    const kind = soundOnly ? 'sound recovery point' : 'recovery point';
    throw new AppError(
      'not-found',
      'no-recovery-point',
      `The backup set ${set.name} has no ${kind}: take a backup first`,
    );
  }
  const repository = await repositoryById(db, point.repositoryId);
  await requireAvailable(repository);
  const directory = pointDirectoryOf(repository, set, point);
  return { point, repository, directory, unpackedBytes: await unpackedBytesOf(directory, point.sizeBytes) };
}

/** What the manifest says, which is not trusted here: it only decides whether there is room. */
async function unpackedBytesOf(directory: string, sizeBytes: number): Promise<number> {
  const { documentBytesMax } = DEFAULT_LIMITS;
  const { manifest } = await readManifest(directory, { publicKeys: [], documentBytesMax });
  if (manifest === undefined) return sizeBytes * UNPACKED_FACTOR;
  return manifest.files.reduce((sum, file) => sum + (file.decodedBytes ?? file.sizeBytes), 0);
}
