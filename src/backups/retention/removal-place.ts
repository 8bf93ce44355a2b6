import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Queryable } from '../../database/database.ts';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import { pointDirectoryOf } from '../check.ts';
import { isRemote, openStore, type RemoteMeans, type RemoteRepository } from '../remote/open-store.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import { UNFINISHED_MS } from '../remote/remote-store.ts';
import { requireAvailable } from '../repository.identity.ts';
import { emptyTrash, removeDirectory } from './point-removal.ts';

/** Where points are removed. All throw AppError `unavailable` `repository-unavailable`. */
export interface RemovalPlace {
  requireThere(): Promise<void>;
  isThere(point: RecoveryPoint): Promise<boolean>;
  /** Removes a point; one that is gone already is no failure, and one that was removed in part is removed in full. */
  remove(point: RecoveryPoint): Promise<void>;
  /** Removes what removals of these points left that were cut short. */
  tidy(points: readonly RecoveryPoint[]): Promise<void>;
  close(): Promise<void>;
}

/** The repository of a set, for retention. */
export async function openRemovalPlace(
  { db, remote }: { readonly db: Queryable; readonly remote: RemoteMeans },
  repository: Repository,
  set: BackupSet,
): Promise<RemovalPlace> {
  if (isRemote(repository)) return openRemotePlace({ db, remote }, repository, set);
  const directoryOf = (point: RecoveryPoint) => pointDirectoryOf(repository, set, point);
  return {
    requireThere: async () => void (await requireAvailable(repository)),
    isThere: async (point) => existsSync(directoryOf(point)),
    remove: (point) => removeDirectory(directoryOf(point)),
    async tidy(points) {
      for (const directory of new Set(points.map((point) => dirname(directoryOf(point))))) await emptyTrash(directory);
    },
    close: async () => undefined,
  };
}

/** Nothing there is renamed before it is removed: a point goes with its manifest, which is removed first. */
async function openRemotePlace(
  { db, remote }: { readonly db: Queryable; readonly remote: RemoteMeans },
  repository: RemoteRepository,
  set: BackupSet,
): Promise<RemovalPlace> {
  const store = await openStore(db, remote, repository);
  // Retention is not cancelled: each removal is short, and a server that is silent is given up.
  const { signal } = new AbortController();
  return {
    requireThere: async () => void (await requireRemote(store, repository, signal)),
    isThere: async ({ name }) => (await store.look(`${name}/${MANIFEST_FILE}`, signal)) !== undefined,
    async remove({ name }) {
      const manifest = `${name}/${MANIFEST_FILE}`;
      const paths: string[] = [];
      for await (const page of store.list(name, () => true, signal)) {
        paths.push(...page.filter(({ type }) => type !== 'directory').map(({ path }) => path));
      }
      await store.remove([manifest, ...paths.filter((path) => path !== manifest)], signal);
    },
    tidy: async () => void (await store.removeUnfinished(set.name, UNFINISHED_MS, signal)),
    close: () => store.close(),
  };
}
