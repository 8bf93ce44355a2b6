import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { ConnectionFault } from '../external/connection-test.ts';
import type { RemoteRepository } from './open-store.ts';
import { faultOf, isMissing } from './remote-fault.ts';
import { putSentinel, remoteSentinel } from './remote-identity.ts';
import { placeIdentity } from './remote-place.ts';
import type { RemoteEntry, RemoteStore } from './remote-store.ts';

/** What is tested, and through what. */
export interface RemoteTest {
  readonly store: RemoteStore;
  readonly repository: RemoteRepository;
  /** Another place than before will do. */
  readonly acceptIdentity: boolean;
  /** A local directory for the files that are written there. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Tests whether a place on another machine can be used as the repository: it is reached, and proves to be what it should be; it
 * can be listed and read. Into a writable one a file is really put and removed, and it gets its sentinel; into a read-only one
 * nothing is written at all.
 * @returns its identity, or the first thing that is wrong, for people.
 */
export async function testRemoteConnection(
  test: RemoteTest,
): Promise<{ readonly identity: string } | { readonly failure: ConnectionFault }> {
  const { store, repository, signal } = test;
  try {
    await store.look('', signal);
    const unread = await unreadable(store, signal);
    if (unread !== undefined) {
      const message = `nothing in ${repository.root} may be read: for example not ${unread}`;
      return { failure: { code: 'no-permission-to-read', message } };
    }
    return repository.writable ? await testSentinel(test) : testPlace(test);
  } catch (thrown) {
    signal.throwIfAborted();
    const code = faultOf(thrown)?.code ?? 'input-output-error';
    const message =
      thrown instanceof AppError ? thrown.message : `${repository.root} cannot be used: ${messageOf(thrown)}`;
    return { failure: { code, message } };
  }
}

/** As many entries are tried. */
const TRIED_MAX = 20;

/** Of what lies in the place at least one file may be read; otherwise the first that may not. */
async function unreadable(store: RemoteStore, signal: AbortSignal): Promise<string | undefined> {
  let first: string | undefined;
  for await (const page of store.list('', () => false, signal)) {
    for (const entry of page.filter(({ type }) => type === 'file').slice(0, TRIED_MAX)) {
      if (await mayRead(store, entry, signal)) return undefined;
      first ??= entry.path;
    }
    break;
  }
  return first;
}

async function mayRead(store: RemoteStore, { path, sizeBytes }: RemoteEntry, signal: AbortSignal): Promise<boolean> {
  try {
    // Its last byte will do.
    await store.read(path, { offset: Math.max(0, sizeBytes - 1) }, signal).toArray();
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EACCES') return false;
    if (isMissing(thrown)) return true;
    throw thrown;
  }
}

function testPlace({ repository, acceptIdentity }: RemoteTest) {
  const { identity, place, root } = repository;
  const found = placeIdentity(place);
  if (identity === undefined || identity === found || acceptIdentity) return { identity: found };
  const message = `${root} is another place (${found}) than before (${identity}). If it is to be used from now on, accept it`;
  return { failure: { code: 'another-directory', message } as const };
}

async function testSentinel({ store, repository, acceptIdentity, directory, signal }: RemoteTest) {
  const { identity, root } = repository;
  const found = await remoteSentinel(store, root, signal);
  if (found !== identity && !acceptIdentity) {
    const message =
      found === undefined
        ? `the sentinel is not in ${root} any more. If this place is to be used from now on, accept it`
        : `${root} is a repository already, ${found}, perhaps of another Muster: two that write into one destroy each other's work. If no other one uses it, accept it`;
    return { failure: { code: found === undefined ? 'another-directory' : 'another-repository', message } as const };
  }
  const name = `.muster-test-${randomBytes(6).toString('hex')}`;
  const location = join(directory, name);
  await writeFile(location, Buffer.alloc(4096, 'muster'));
  await store.put([{ location, path: name }], { signal });
  await store.remove([name], signal);
  return { identity: found ?? (await putSentinel(store, directory, signal)) };
}
