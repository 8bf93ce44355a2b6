import { basename } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import type { Manifest } from '../../verification/manifest.ts';
import type { ManifestReading } from '../../verification/manifest-read.ts';
import { type ExternalSet, POINT_METHODS, type RecoveryPoint } from '../backup-catalogue.ts';
import type { SeenPoint } from './external-point.store.ts';
import type { ListedPoint } from './packed-points.ts';
import type { PointPattern } from './point-pattern.ts';
import { takenAtOf } from './point-time.ts';

/** Where a point was found, and what says when its data is from. */
export interface PointPlace {
  readonly set: ExternalSet;
  readonly pattern: PointPattern;
  /** Reads the `manifest.json` of a point; nothing is wrong with it when Muster itself has signed it. */
  readonly manifestIn: (name: string) => Promise<ManifestReading>;
}

/**
 * What is recorded of a point that was found. The instant of its data is read where the set says: in the name; in the
 * `manifest.json` of Muster's format inside a directory, whoever signed it (PostgreSQL's `backup_manifest` holds no time of the
 * backup, and a bag's `Bagging-Date` only a day, so neither is read); otherwise, and where that is not there, from the newest
 * time of change of its files.
 */
export async function describePoint(point: ListedPoint, place: PointPlace): Promise<SeenPoint> {
  const { minimumBytes = 1, timeSource } = place.set.external;
  const finishedAtMs = Math.min(Math.max(point.mtimeMs, 0), LAST_MS);
  const said = timeSource === 'manifest' ? await manifestOf(point, place) : NOTHING_SAID;
  return {
    name: point.name,
    ...makerOf(point, place.set, said),
    takenAtMs: takenAtMs(point, place, { finishedAtMs, manifest: said.manifest }),
    finishedAtMs,
    sizeBytes: point.sizeBytes,
    marks: point.marks,
    fileCount: point.fileCount,
    isTooSmall: point.sizeBytes < minimumBytes,
    files: point.files,
  };
}

/** What the manifest inside a point says. */
interface SaidByManifest {
  readonly manifest: Manifest | undefined;
  /** One of our keys signed it. */
  readonly isOurs: boolean;
}

const NOTHING_SAID: SaidByManifest = { manifest: undefined, isOurs: false };

/** A point is Muster's own when Muster has signed it, as this point of this set: a copy under another name is none. */
function makerOf(
  { name }: ListedPoint,
  set: ExternalSet,
  { manifest, isOurs }: SaidByManifest,
): Pick<RecoveryPoint, 'method' | 'own'> {
  const { set: ofSet, point, method: stated } = manifest?.attributes ?? {};
  if (set.capture === undefined || !isOurs || ofSet !== set.name || point !== basename(name)) {
    return { method: 'external', own: false };
  }
  return { method: POINT_METHODS.find((method) => method === stated) ?? 'unknown', own: true };
}

function takenAtMs(
  { fields }: ListedPoint,
  { set, pattern }: PointPlace,
  { finishedAtMs, manifest }: { readonly finishedAtMs: number; readonly manifest: Manifest | undefined },
): number {
  const { timeSource, zone } = set.external;
  if (timeSource === 'mtime') return finishedAtMs;
  if (timeSource === 'manifest') return manifest === undefined ? finishedAtMs : statedAtMs(manifest);
  const finishedAt = Temporal.Instant.fromEpochMilliseconds(finishedAtMs);
  return takenAtOf({ fields, precision: pattern.precision }, zone, finishedAt).epochMilliseconds;
}

/** Of which instant the data is, where the manifest says so; else when it was made. */
function statedAtMs({ attributes, createdAt }: Manifest): number {
  try {
    return Temporal.Instant.from(attributes.takenAt ?? createdAt).epochMilliseconds;
  } catch {
    return Temporal.Instant.from(createdAt).epochMilliseconds;
  }
}

async function manifestOf({ name, files }: ListedPoint, { manifestIn }: PointPlace): Promise<SaidByManifest> {
  if (!files.some(({ path }) => path === `${name}/${MANIFEST_FILE}`)) return NOTHING_SAID;
  const { manifest, finding } = await manifestIn(name);
  return { manifest, isOurs: manifest !== undefined && finding === undefined };
}

/** The last instant that everybody can write: a file system may say any number. */
const LAST_MS = Date.UTC(9999, 11, 31);
