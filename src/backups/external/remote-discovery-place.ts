import type { Queryable } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { openStore, type RemoteMeans, type RemoteRepository } from '../remote/open-store.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import type { DiscoveryPlace } from './discovery-place.ts';
import { listRemote } from './remote-listing.ts';
import { readRemoteManifest } from './remote-manifest.ts';

/** What discovery of a repository on another machine stands on. */
interface RemoteDiscovery {
  readonly db: Queryable;
  readonly log: Logger;
  readonly remote: RemoteMeans;
}

/** A repository on another machine, for discovery. */
export async function openRemotePlace(
  { db, log, remote }: RemoteDiscovery,
  repository: RemoteRepository,
  signal: AbortSignal,
): Promise<DiscoveryPlace> {
  const store = await openStore(db, remote, repository);
  const requireThere = async () => void (await requireRemote(store, repository, signal));
  try {
    await requireThere();
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
  return {
    requireThere,
    list: (task, listing) => listRemote(store, task, listing),
    async isThere({ external, capture }, name) {
      if (external.layout === 'files') return false;
      // A point of Muster's own is there with its manifest.
      const found = await store.look(capture === undefined ? name : `${name}/${MANIFEST_FILE}`, signal);
      return found?.type === (external.layout === 'file' || capture !== undefined ? 'file' : 'directory');
    },
    manifestIn: (name, publicKeys) => {
      const { spoolRoot, pauseMs } = remote;
      return readRemoteManifest(store, name, { log, spoolRoot, pauseMs, publicKeys, signal });
    },
    close: () => store.close(),
  };
}
