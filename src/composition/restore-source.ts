import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MUSTER_SET } from '../backups/muster-set.ts';
import { POINT_FILES } from '../backups/point-record.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import { keyExportIn } from './directories.ts';

/** What a restore can be made from. */
export interface RestoreSource {
  /** Directories of recovery points, the youngest first; exactly one when it was named itself. */
  readonly points: readonly string[];
  /** The sealed copy of the keys that lies beside the backups; undefined when none does. */
  readonly keyExport: string | undefined;
}

/**
 * Looks at a directory as a recovery point, a backup set, or a repository of sets (of which Muster's own is taken).
 * @throws AppError `usage`: `no-such-directory`, `no-recovery-point`, `several-sets`.
 */
export async function findRestoreSource(from: string): Promise<RestoreSource> {
  const directory = resolve(from);
  const names = await namesIn(directory);
  const points = isPoint(directory)
    ? [directory]
    : (pointsOf(directory, names) ?? (await pointsOfRepository(directory)));
  return { points, keyExport: keyExportNear(points[0] ?? directory) };
}

async function pointsOfRepository(directory: string): Promise<string[]> {
  const sets = new Map<string, string[]>();
  for (const name of await namesIn(directory)) {
    const points = pointsOf(join(directory, name), await namesIn(join(directory, name)));
    if (points) sets.set(name, points);
  }
  const own = sets.get(MUSTER_SET) ?? (sets.size === 1 ? [...sets.values()][0] : undefined);
  if (own) return own;
  if (sets.size === 0) {
    throw new AppError(
      'usage',
      'no-recovery-point',
      `${directory} holds no recovery point: name a recovery point, a backup set or a repository of Muster`,
    );
  }
  const known = [...sets.keys()].map((name) => join(directory, name)).join(', ');
  throw new AppError(
    'usage',
    'several-sets',
    `${directory} holds several backup sets, none of them ${MUSTER_SET}: name one (${known})`,
  );
}

/** The points below a set's directory; their names begin with the time of the capture, so they sort by it. */
function pointsOf(directory: string, names: readonly string[]): string[] | undefined {
  const points = names
    .map((name) => join(directory, name))
    .filter(isPoint)
    .toSorted();
  return points.length > 0 ? points.toReversed() : undefined;
}

/** A damaged point may have lost one of the two. What is still being made is hidden behind a dot. */
function isPoint(directory: string): boolean {
  if (basename(directory).startsWith('.')) return false;
  return [MANIFEST_FILE, POINT_FILES.record].some((file) => existsSync(join(directory, file)));
}

/** Beside the sets of the repository that the point lies in. */
function keyExportNear(point: string): string | undefined {
  const set = dirname(point);
  return [dirname(set), set, point].map(keyExportIn).find(existsSync);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  } catch (thrown) {
    throw new AppError('usage', 'no-such-directory', `${directory} cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
