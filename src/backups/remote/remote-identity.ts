import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../../kernel/ids.ts';
import { identityIn, repositoryUnavailable, SENTINEL_FILE, sentinelText } from '../repository.identity.ts';
import type { RemoteRepository } from './open-store.ts';
import { placeIdentity } from './remote-place.ts';
import type { RemoteStore } from './remote-store.ts';

/** A sentinel is a line. */
const SENTINEL_BYTES_MAX = 4096;

/**
 * Makes sure that a repository on another machine is there, and is the one that it was.
 * @returns its identity.
 * @throws AppError `unavailable` `repository-unavailable`, with the reason.
 */
export async function requireRemote(
  store: RemoteStore,
  { root, place, identity, identityKind }: RemoteRepository,
  signal: AbortSignal,
): Promise<string> {
  if (identity === undefined) throw repositoryUnavailable(root, 'no connection test has found it yet: order one');
  await store.look('', signal);
  const found = identityKind === 'sentinel' ? await remoteSentinel(store, root, signal) : placeIdentity(place);
  if (found === identity) return found;
  const why =
    found === undefined
      ? `the file ${SENTINEL_FILE} is not there`
      : `this is another repository (${found}; expected was ${identity})`;
  throw repositoryUnavailable(root, why);
}

/**
 * What the sentinel there says; undefined when there is none.
 * @throws AppError `unavailable` `repository-unavailable`, also when it is none of ours.
 */
export async function remoteSentinel(
  store: RemoteStore,
  root: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await store.look(SENTINEL_FILE, signal);
  if (found === undefined) return undefined;
  if (found.type !== 'file' || found.sizeBytes > SENTINEL_BYTES_MAX) {
    throw repositoryUnavailable(root, `${SENTINEL_FILE} does not say which repository this is`);
  }
  const pieces: Buffer[] = await store.read(SENTINEL_FILE, { offset: 0 }, signal).toArray();
  return identityIn(root, Buffer.concat(pieces).toString('utf8'));
}

/** Marks a place as a repository; answers its identity. @param directory a local one, for the file on its way. */
export async function putSentinel(store: RemoteStore, directory: string, signal: AbortSignal): Promise<string> {
  const id = newId();
  const location = join(directory, SENTINEL_FILE);
  await writeFile(location, sentinelText(id));
  await store.put([{ location, path: SENTINEL_FILE }], { signal });
  return id;
}
