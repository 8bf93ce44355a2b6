import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import { readManifest } from '../../verification/manifest-read.ts';
import type { ExternalSet } from '../backup-catalogue.ts';
import type { SeenPoint } from './external-point.store.ts';
import type { FoundPoint } from './point-gathering.ts';
import type { PointPattern } from './point-pattern.ts';
import { takenAtOf } from './point-time.ts';

/**
 * What is recorded of a point that was found. The instant of its data is read where the set says: in the name; in the
 * `manifest.json` of Muster's format inside a directory, whoever signed it (PostgreSQL's `backup_manifest` holds no time of the
 * backup, and a bag's `Bagging-Date` only a day, so neither is read); otherwise, and where that is not there, from the newest
 * time of change of its files.
 */
export async function describePoint(
  point: FoundPoint,
  { set, pattern, root }: { readonly set: ExternalSet; readonly pattern: PointPattern; readonly root: string },
): Promise<SeenPoint> {
  const { layout, minimumBytes = 1 } = set.external;
  const finishedAt = instantOfNs(point.mtimeNs);
  return {
    name: point.name,
    takenAt: await takenAt(point, { set, pattern, root, finishedAt }),
    finishedAt,
    sizeBytes: point.sizeBytes,
    marks: point.marks,
    fileCount: point.files.length,
    isTooSmall: point.sizeBytes < minimumBytes,
    files: layout === 'file' ? [] : point.files,
  };
}

async function takenAt(
  point: FoundPoint,
  found: {
    readonly set: ExternalSet;
    readonly pattern: PointPattern;
    readonly root: string;
    readonly finishedAt: Temporal.Instant;
  },
): Promise<Temporal.Instant> {
  const { set, pattern, root, finishedAt } = found;
  const { timeSource, zone } = set.external;
  if (timeSource === 'mtime') return finishedAt;
  if (timeSource === 'manifest') return (await statedAt(point, root)) ?? finishedAt;
  return takenAtOf({ fields: point.fields, precision: pattern.precision }, zone, finishedAt);
}

/** When a point says that it was made; undefined when it says nothing that can be read. */
async function statedAt({ name, files }: FoundPoint, root: string): Promise<Temporal.Instant | undefined> {
  if (!files.some(({ path }) => path === `${name}/${MANIFEST_FILE}`)) return undefined;
  const { documentBytesMax } = DEFAULT_LIMITS;
  const { manifest } = await readManifest(join(root, name), { publicKeys: [], documentBytesMax });
  return manifest && Temporal.Instant.from(manifest.createdAt);
}

/** The last instant that everybody can write: a file system may say any number. */
const LAST_MS = Date.UTC(9999, 11, 31);

function instantOfNs(ns: bigint): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(Math.min(Math.max(Number(ns / 1_000_000n), 0), LAST_MS));
}
