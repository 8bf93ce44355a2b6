import type { KeyObject } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { ExternalSet, Repository } from '../backup-catalogue.ts';
import type { BackupJobsDeps } from '../backup-deps.ts';
import { readPointManifest } from '../external/discovery-place.ts';
import type { SeenPoint } from '../external/external-point.store.ts';
import { filesThere, RealDirectories } from '../external/point-files.ts';
import { isRemote } from '../remote/open-store.ts';
import { requireAvailable } from '../repository.identity.ts';
import type { CapturePlace, CapturePlaceOptions } from './capture-way.ts';
import { seenCaptured } from './enter-captured.ts';
import { openRemoteCapturePlace } from './remote-capture-place.ts';

/** @throws AppError `unavailable` `repository-unavailable`. */
export async function openCapturePlace(
  deps: BackupJobsDeps,
  repository: Repository,
  options: CapturePlaceOptions,
): Promise<CapturePlace> {
  if (isRemote(repository)) return openRemoteCapturePlace(deps, repository, options);
  return {
    root: repository.root,
    identity: await requireAvailable(repository),
    deliver: async () => undefined,
    look: (pointName) => lookLocally(options.set, repository, pointName, deps.publicKeys),
    close: async () => undefined,
  };
}

async function lookLocally(
  set: ExternalSet,
  repository: Pick<Repository, 'root'>,
  pointName: string,
  publicKeys: readonly KeyObject[],
): Promise<SeenPoint> {
  const root = await realpath(repository.root);
  const name = `${set.name}/${pointName}`;
  const { files } = await filesThere({ root, directories: new RealDirectories() }, [name], DEFAULT_LIMITS);
  return seenCaptured(set, { name, files }, () => readPointManifest(join(root, name), publicKeys));
}
