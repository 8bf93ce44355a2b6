import type { KeyObject } from 'node:crypto';
import { basename, join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { Manifest } from '../../verification/manifest.ts';
import { readManifest } from '../../verification/manifest-read.ts';
import { type ExternalSet, POINT_METHODS, type RecoveryPoint } from '../backup-catalogue.ts';
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
  { set, pattern, root, publicKeys }: PointPlace,
): Promise<SeenPoint> {
  const { layout, minimumBytes = 1, timeSource } = set.external;
  const finishedAt = instantOfNs(point.mtimeNs);
  const said = timeSource === 'manifest' ? await manifestOf(point, root, publicKeys) : NOTHING_SAID;
  return {
    name: point.name,
    ...makerOf(point, set, said),
    takenAt: takenAt(point, { set, pattern, finishedAt, manifest: said.manifest }),
    finishedAt,
    sizeBytes: point.sizeBytes,
    marks: point.marks,
    fileCount: point.files.length,
    isTooSmall: point.sizeBytes < minimumBytes,
    files: layout === 'file' ? [] : point.files,
  };
}

/** Whose point it is, and where it lies. */
interface PointPlace {
  readonly set: ExternalSet;
  readonly pattern: PointPattern;
  /** The repository's, without links. */
  readonly root: string;
  /** Whoever signs with one of these is Muster itself. */
  readonly publicKeys: readonly KeyObject[];
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
  { name }: FoundPoint,
  set: ExternalSet,
  { manifest, isOurs }: SaidByManifest,
): Pick<RecoveryPoint, 'method' | 'own'> {
  const { set: ofSet, point, method: stated } = manifest?.attributes ?? {};
  if (set.capture === undefined || !isOurs || ofSet !== set.name || point !== basename(name)) {
    return { method: 'external', own: false };
  }
  return { method: POINT_METHODS.find((method) => method === stated) ?? 'unknown', own: true };
}

interface TimeSources {
  readonly set: ExternalSet;
  readonly pattern: PointPattern;
  readonly finishedAt: Temporal.Instant;
  readonly manifest: Manifest | undefined;
}

function takenAt(point: FoundPoint, { set, pattern, finishedAt, manifest }: TimeSources): Temporal.Instant {
  const { timeSource, zone } = set.external;
  if (timeSource === 'mtime') return finishedAt;
  if (timeSource === 'manifest') return (manifest && statedAt(manifest)) ?? finishedAt;
  return takenAtOf({ fields: point.fields, precision: pattern.precision }, zone, finishedAt);
}

/** Of which instant the data is, where the manifest says so; else when it was made. */
function statedAt({ attributes, createdAt }: Manifest): Temporal.Instant {
  try {
    return Temporal.Instant.from(attributes.takenAt ?? createdAt);
  } catch {
    return Temporal.Instant.from(createdAt);
  }
}

async function manifestOf(
  { name, files }: FoundPoint,
  root: string,
  publicKeys: readonly KeyObject[],
): Promise<SaidByManifest> {
  if (!files.some(({ path }) => path === `${name}/${MANIFEST_FILE}`)) return NOTHING_SAID;
  const { documentBytesMax } = DEFAULT_LIMITS;
  const { manifest, finding } = await readManifest(join(root, name), { publicKeys, documentBytesMax });
  return { manifest, isOurs: manifest !== undefined && finding === undefined };
}

/** The last instant that everybody can write: a file system may say any number. */
const LAST_MS = Date.UTC(9999, 11, 31);

function instantOfNs(ns: bigint): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(Math.min(Math.max(Number(ns / 1_000_000n), 0), LAST_MS));
}
