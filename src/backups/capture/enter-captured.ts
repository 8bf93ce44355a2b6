import type { KeyObject } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { BackupSet, ExternalSet, Repository } from '../backup-catalogue.ts';
import { pointsByName } from '../catalogue.queries.ts';
import { readPointManifest } from '../external/discovery-place.ts';
import { enterPoints, type SeenPoint } from '../external/external-point.store.ts';
import { packPoints, unpackPoints } from '../external/packed-points.ts';
import { filesThere, RealDirectories } from '../external/point-files.ts';
import { foundPoint } from '../external/point-gathering.ts';
import { parsePattern } from '../external/point-pattern.ts';
import { describePoint } from '../external/seen-point.ts';

/** Looks at a point that was captured just now, as discovery would find it: with the same marks it is no other one there. */
export async function lookAtCaptured(
  set: ExternalSet,
  repository: Pick<Repository, 'root'>,
  pointName: string,
  publicKeys: readonly KeyObject[],
): Promise<SeenPoint> {
  const root = await realpath(repository.root);
  const name = `${set.name}/${pointName}`;
  const { files } = await filesThere({ root, directories: new RealDirectories() }, [name], DEFAULT_LIMITS);
  const newestNs = files.reduce((newest, { mtimeNs }) => (mtimeNs > newest ? mtimeNs : newest), 0n);
  const found = foundPoint({ name, fields: {} }, files, newestNs);
  const [point] = unpackPoints(packPoints([found], { isOneFile: false, isTimed: false }));
  if (point === undefined)
    throw new AppError('internal', 'point-vanished', `The recovery point ${name} is gone already`);
  const pattern = parsePattern(set.external.pattern);
  return describePoint(point, {
    set,
    pattern,
    manifestIn: (pointName) => readPointManifest(join(root, pointName), publicKeys),
  });
}

/** Enters it, unless discovery was faster; answers its id. */
export async function enterCaptured(
  tx: Tx,
  set: Pick<BackupSet, 'id' | 'repositoryId'>,
  seen: SeenPoint,
): Promise<string> {
  const entered = (await enterPoints(tx, set, [seen])).get(seen.name);
  if (entered !== undefined) return entered;
  const [known] = await pointsByName(tx, set.id, [seen.name]);
  if (known === undefined)
    throw new AppError('internal', 'point-vanished', `The recovery point ${seen.name} lost its row`);
  return known.id;
}
