import type { KeyObject } from 'node:crypto';
import type { Queryable } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import { fetchFile } from '../remote/fetch-file.ts';
import { openStore, type RemoteMeans, type RemoteRepository } from '../remote/open-store.ts';
import { isMissing } from '../remote/remote-fault.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import type { RemoteStore } from '../remote/remote-store.ts';
import { openSpool } from '../remote/spool.ts';
import { type DiscoveryPlace, readPointManifest } from './discovery-place.ts';
import { listRemote } from './remote-listing.ts';

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
    manifestIn: async (name, publicKeys) => {
      await using spool = await openSpool(remote.spoolRoot, log);
      await fetchManifest(store, name, spool.path, { signal, pauseMs: remote.pauseMs });
      return readPointManifest(spool.path, publicKeys as KeyObject[]);
    },
    close: () => store.close(),
  };
}

/** Fetches the manifest of a point, unless it is too large to be one; whoever reads it says what is wrong with it. */
async function fetchManifest(
  store: RemoteStore,
  name: string,
  directory: string,
  { signal, pauseMs }: { readonly signal: AbortSignal; readonly pauseMs: number | undefined },
): Promise<void> {
  const entry = await store.look(`${name}/${MANIFEST_FILE}`, signal);
  if (entry === undefined || entry.sizeBytes > DEFAULT_LIMITS.documentBytesMax) return;
  try {
    await fetchFile(store, entry, `${directory}/${MANIFEST_FILE}`, { signal, pauseMs });
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
}
