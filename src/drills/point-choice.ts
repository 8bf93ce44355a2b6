import { join } from 'node:path';
import { requireRepository } from '../backups/repository.identity.ts';
import { openStoredPoint } from '../backups/stored-point.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { DrillDefinition } from './definition.ts';
import type { ChosenPoint } from './drill-part.store.ts';
import { newestPoint } from './point-choice.queries.ts';

/** The recovery point that a run restores, and where it lies. */
export interface SelectedPoint extends ChosenPoint {
  /** Its own name in the set. */
  readonly name: string;
  readonly directory: string;
  /** An estimate of what it becomes when it is unpacked. */
  readonly unpackedBytes: number;
}

/** Where a damaged manifest does not tell the unpacked size: databases rarely shrink below a tenth. */
const UNPACKED_FACTOR = 10;

/**
 * Chooses the recovery point as the definition says.
 * @throws AppError `not-found` `no-recovery-point` when the set has none that fits; `unavailable`
 * `repository-unavailable` when its disk is not there.
 */
export async function choosePoint(db: Queryable, choice: DrillDefinition['recoveryPoint']): Promise<SelectedPoint> {
  const point = await newestPoint(db, choice.set, choice.select === 'latestSound');
  if (!point) {
    const kind = choice.select === 'latestSound' ? 'sound recovery point' : 'recovery point';
    throw new AppError(
      'not-found',
      'no-recovery-point',
      `The backup set ${choice.set} has no ${kind}: take a backup first`,
    );
  }
  await requireRepository(point.root, point.identity);
  const directory = join(point.root, choice.set, point.name);
  return {
    id: point.id,
    name: point.name,
    sha256: point.digest,
    takenAt: point.takenAt,
    sizeBytes: Number(point.sizeBytes),
    repository: point.repository,
    directory,
    unpackedBytes: await unpackedBytesOf(directory, Number(point.sizeBytes)),
  };
}

/** What the manifest says, which is not trusted here: it only decides whether there is room. */
async function unpackedBytesOf(directory: string, sizeBytes: number): Promise<number> {
  const stored = await openStoredPoint(directory).catch(() => undefined);
  if (stored === undefined) return sizeBytes * UNPACKED_FACTOR;
  return stored.manifest.files.reduce((sum, file) => sum + (file.decodedBytes ?? file.sizeBytes), 0);
}
