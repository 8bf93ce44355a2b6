import { hash, randomBytes } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { BackupSet, ExternalSet, RecoveryPoint, Repository } from '../backups/backup-catalogue.ts';
import { backupSetByName } from '../backups/backup-set.queries.ts';
import {
  newestPoint,
  newestPointBefore,
  newestSoundPoint,
  pointById,
  pointIdsSince,
} from '../backups/catalogue.queries.ts';
import { pointDirectoryOf } from '../backups/check.ts';
import { isRemote } from '../backups/remote/open-store.ts';
import { requireAvailable } from '../backups/repository.identity.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { readManifest } from '../verification/manifest-read.ts';
import type { DrillDefinition } from './definition.ts';

/** The recovery point that a run restores, and where it lies. */
export interface SelectedPoint {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  readonly repository: Repository;
  /** Of a repository on this machine: where the point lies. */
  readonly directory: string;
  /** An estimate of what it becomes when it is unpacked. */
  readonly unpackedBytes: number;
}

/** A point of a set that is watched: one that Muster captured of something else, or that another tool made. */
export type WatchedPoint = SelectedPoint & { readonly set: ExternalSet };

export function isWatched(selected: SelectedPoint): selected is WatchedPoint {
  return selected.set.external !== undefined;
}

/** What a choice depends on besides the definition. */
export interface ChoiceOf {
  /** Instants before the trigger count from here. */
  readonly triggeredAt: Date;
  /** Tells what a reader must know to repeat the choice. */
  readonly say: (line: string) => void;
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
export async function choosePoint(
  db: Queryable,
  choice: DrillDefinition['recoveryPoint'],
  of: ChoiceOf,
): Promise<SelectedPoint> {
  const set = await backupSetByName(db, choice.set);
  if (!set) throw new AppError('not-found', 'no-recovery-point', `There is no backup set ${choice.set}`);
  const { point, what } = await chosen(db, set, choice, of);
  if (!point) {
    const message = `The backup set ${set.name} has no ${what}: take a backup first`;
    throw new AppError('not-found', 'no-recovery-point', message);
  }
  const repository = await repositoryById(db, point.repositoryId);
  if (!isRemote(repository)) await requireAvailable(repository);
  const directory = pointDirectoryOf(repository, set, point);
  const unpackedBytes = isRemote(repository)
    ? point.sizeBytes * UNPACKED_FACTOR
    : await unpackedBytesOf(directory, point.sizeBytes);
  return { set, point, repository, directory, unpackedBytes };
}

interface Choice {
  readonly point: RecoveryPoint | undefined;
  /** What there is none of, when there is none. */
  readonly what: string;
}

async function chosen(
  db: Queryable,
  { id }: BackupSet,
  { select, at, withinDays }: DrillDefinition['recoveryPoint'],
  { triggeredAt, say }: ChoiceOf,
): Promise<Choice> {
  switch (select) {
    case 'latest':
      return { point: await newestPoint(db, id), what: 'recovery point' };
    case 'latestSound':
      return { point: await newestSoundPoint(db, id), what: 'sound recovery point' };
    case 'at': {
      const instant = instantBefore(at ?? 'PT0S', triggeredAt);
      return { point: await newestPointBefore(db, id, instant), what: `recovery point that is as old as ${instant}` };
    }
    case 'random': {
      const days = withinDays ?? RANDOM_DAYS;
      const since = instantOf(triggeredAt).subtract({ hours: 24 * days });
      const ids = await pointIdsSince(db, id, since);
      const seed = randomBytes(8).toString('hex');
      const pointId = drawn(ids, seed);
      say(`drawn at random from ${ids.length} recovery points of ${days} days: seed ${seed}`);
      return {
        point: pointId === undefined ? undefined : await pointById(db, pointId),
        what: `recovery point of the last ${days} days`,
      };
    }
  }
}

const RANDOM_DAYS = 30;

/** An instant as it is, or a duration before the trigger. */
function instantBefore(text: string, triggeredAt: Date): Temporal.Instant {
  if (!/^P/i.test(text)) return Temporal.Instant.from(text);
  // Days have 24 hours here: an instant has no calendar.
  const seconds = Temporal.Duration.from(text).total({ unit: 'seconds' });
  return instantOf(triggeredAt).subtract({ milliseconds: Math.round(seconds * 1000) });
}

/**
 * The id that a seed draws from a list: the same for the same seed and list. The first 48 bits of the seed's SHA-256, divided by
 * the length of the list.
 */
export function drawn(ids: readonly string[], seed: string): string | undefined {
  const number = hash('sha256', seed, 'buffer').readUIntBE(0, 6);
  return ids[number % ids.length];
}

/** What the manifest says, which is not trusted here: it only decides whether there is room. */
async function unpackedBytesOf(directory: string, sizeBytes: number): Promise<number> {
  const { documentBytesMax } = DEFAULT_LIMITS;
  const { manifest } = await readManifest(directory, { publicKeys: [], documentBytesMax });
  if (manifest === undefined) return sizeBytes * UNPACKED_FACTOR;
  return manifest.files.reduce((sum, file) => sum + (file.decodedBytes ?? file.sizeBytes), 0);
}
