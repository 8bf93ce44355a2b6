import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { ManifestReading } from '../../verification/manifest-read.ts';
import type { BackupSet, ExternalSet } from '../backup-catalogue.ts';
import { pointsByName } from '../catalogue.queries.ts';
import { enterPoints, type SeenPoint } from '../external/external-point.store.ts';
import { packPoints, unpackPoints } from '../external/packed-points.ts';
import { foundPoint } from '../external/point-gathering.ts';
import type { MarkedFile } from '../external/point-marks.ts';
import { parsePattern } from '../external/point-pattern.ts';
import { describePoint } from '../external/seen-point.ts';

/**
 * A point that was captured just now, as discovery would find it: with the same marks it is no other one there.
 * @param found its name from the root, and its files in the order of their paths' bytes.
 */
export async function seenCaptured(
  set: ExternalSet,
  { name, files }: { readonly name: string; readonly files: readonly MarkedFile[] },
  readManifestOf: () => Promise<ManifestReading>,
): Promise<SeenPoint> {
  const newestNs = files.reduce((newest, { mtimeNs }) => (mtimeNs > newest ? mtimeNs : newest), 0n);
  const found = foundPoint({ name, fields: {} }, files, newestNs);
  const [point] = unpackPoints(packPoints([found], { isOneFile: false, isTimed: false }));
  if (point === undefined)
    throw new AppError('internal', 'point-vanished', `The recovery point ${name} is gone already`);
  return describePoint(point, { set, pattern: parsePattern(set.external.pattern), manifestIn: readManifestOf });
}

/**
 * Enters it, unless discovery was faster; answers its id.
 * @throws AppError `unavailable` `capture-not-recognised` when it does not read back as Muster's own: entered like that, it would be
 * nobody's to remove, and retention would never drop it.
 */
export async function enterCaptured(
  tx: Tx,
  set: Pick<BackupSet, 'id' | 'repositoryId'>,
  seen: SeenPoint,
): Promise<string> {
  if (!seen.own) {
    const message = `The recovery point ${seen.name} was written, and does not read back as one that this Muster signed`;
    throw new AppError('unavailable', 'capture-not-recognised', message);
  }
  const entered = (await enterPoints(tx, set, [seen])).get(seen.name);
  if (entered !== undefined) return entered;
  const [known] = await pointsByName(tx, set.id, [seen.name]);
  if (known === undefined)
    throw new AppError('internal', 'point-vanished', `The recovery point ${seen.name} lost its row`);
  return known.id;
}
