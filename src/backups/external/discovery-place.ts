import type { KeyObject } from 'node:crypto';
import { lstat, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import { type ManifestReading, readManifest } from '../../verification/manifest-read.ts';
import type { ExternalSet, Repository } from '../backup-catalogue.ts';
import { repositoryUnavailable, requireAvailable } from '../repository.identity.ts';
import type { GatheringTask } from './repository-gathering.ts';
import type { ListingNews, RepositoryLister } from './repository-lister.ts';

/** What discovery asks a repository, wherever it is. All throw AppError `unavailable` `repository-unavailable`. */
export interface DiscoveryPlace {
  /** Makes sure that it is there, and the one that it was. */
  requireThere(): Promise<void>;
  list(task: GatheringTask, signal: AbortSignal): AsyncIterable<ListingNews>;
  /** Whether something lies under the name of a point. */
  isThere(set: ExternalSet, name: string): Promise<boolean>;
  /** The `manifest.json` of a point that is a directory. */
  manifestIn(name: string, publicKeys: readonly KeyObject[]): Promise<ManifestReading>;
  close(): Promise<void>;
}

/** A directory of this machine, which may be that of a file server which does not answer. */
export async function openLocalPlace(lister: RepositoryLister, repository: Repository): Promise<DiscoveryPlace> {
  const ask = <T>(look: () => Promise<T>) => lister.ask(repository.root, look);
  const requireThere = async () => void (await ask(() => requireAvailable(repository)));
  await requireThere();
  const root = await ask(() => rootOf(repository));
  return {
    requireThere,
    list: (task, signal) => lister.list(repository.root, { ...task, root }, signal),
    isThere: ({ external }, name) => ask(() => isPointAt(join(root, name), external.layout)),
    manifestIn: (name, publicKeys) => ask(() => readPointManifest(join(root, name), publicKeys)),
    close: async () => undefined,
  };
}

/** Reads the `manifest.json` in a local directory. */
export function readPointManifest(directory: string, publicKeys: readonly KeyObject[]): Promise<ManifestReading> {
  const { documentBytesMax } = DEFAULT_LIMITS;
  return readManifest(directory, { publicKeys, documentBytesMax });
}

async function isPointAt(location: string, layout: ExternalSet['external']['layout']): Promise<boolean> {
  if (layout === 'files') return false;
  const real = await realpath(location).catch(() => undefined);
  if (real !== location) return false;
  const found = await lstat(location).catch(() => undefined);
  return layout === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}

/** The real path of a root that can be listed. */
async function rootOf({ root }: Repository): Promise<string> {
  try {
    const real = await realpath(root);
    await (await opendir(real)).close();
    return real;
  } catch (thrown) {
    throw repositoryUnavailable(root, messageOf(thrown), thrown);
  }
}
