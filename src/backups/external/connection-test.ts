import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, open, opendir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, writeDurably } from '../../kernel/durable-files.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import type { RemoteFaultCode } from '../remote/remote-fault.ts';
import { initialiseRepository, readIdentity, SENTINEL_FILE } from '../repository.identity.ts';
import { fileSystemIdentity } from './filesystem-identity.ts';

/** What a connection test can find wrong. Of those in `WRITE_FAILURES` what lies there can still be read. */
type ConnectionFailureCode =
  | RemoteFaultCode
  | 'is-a-link'
  | 'another-directory'
  | 'another-repository'
  | 'mounted-read-only';

export const WRITE_FAILURES: ReadonlySet<string> = new Set<ConnectionFailureCode>([
  'mounted-read-only',
  'no-permission-to-write',
  'disk-full',
]);

/** What is wrong with a repository, for programs and for people. */
export interface ConnectionFault {
  readonly code: ConnectionFailureCode;
  readonly message: string;
}

export type ConnectionResult = { readonly identity: string } | { readonly failure: ConnectionFault };

/** What is tested: where it lies, and what is known of it. */
type ConnectionSubject = Pick<Repository, 'root' | 'writable' | 'identity'>;

/**
 * Tests whether this process can use the directory as the repository: it is there, and no link; it can be listed and read; it is
 * the one that it was. Into a writable one a file is really written, brought to disk, renamed and removed, and it gets its
 * sentinel; into a read-only one nothing is written at all.
 *
 * @param acceptIdentity another directory than before will do.
 * @returns its identity, or the first thing that is wrong, for people.
 */
export async function testConnection(subject: ConnectionSubject, acceptIdentity: boolean): Promise<ConnectionResult> {
  try {
    await requireDirectory(subject.root);
    await requireReadable(subject.root);
    if (!subject.writable) return { identity: await testFileSystem(subject, acceptIdentity) };
    const found = await testSentinel(subject, acceptIdentity);
    await tryWriting(subject.root);
    return { identity: found ?? (await initialiseRepository(subject.root)) };
  } catch (thrown) {
    if (thrown instanceof ConnectionFailure) return { failure: { code: thrown.code, message: thrown.message } };
    const code = 'input-output-error';
    return { failure: { code, message: `${subject.root} cannot be used: ${messageOf(thrown)}` } };
  }
}

class ConnectionFailure extends Error {
  readonly code: ConnectionFailureCode;
  constructor(code: ConnectionFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

const codeOf = (thrown: unknown) => (thrown as NodeJS.ErrnoException).code;
const isRefused = (thrown: unknown) => codeOf(thrown) === 'EACCES' || codeOf(thrown) === 'EPERM';

/** Whoever has to give a permission must know to whom. */
const whoAsks = () => `uid ${process.geteuid?.() ?? 'unknown'}, gid ${process.getegid?.() ?? 'unknown'}`;

async function requireDirectory(root: string): Promise<void> {
  const found = await lstat(root).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') throw new ConnectionFailure('not-there', `${root} is not there`);
    if (codeOf(thrown) === 'ENOTDIR') {
      throw new ConnectionFailure('not-a-directory', `Something above ${root} is a file, not a directory`);
    }
    if (isRefused(thrown)) {
      const message = `This process (${whoAsks()}) may not go through the directories above ${root}`;
      throw new ConnectionFailure('no-permission-to-list', message);
    }
    throw thrown;
  });
  if (found.isSymbolicLink()) {
    const target = await realpath(root).catch(() => 'nowhere');
    throw new ConnectionFailure('is-a-link', `${root} is a link that leads to ${target}: name that directory itself`);
  }
  if (!found.isDirectory()) throw new ConnectionFailure('not-a-directory', `${root} is not a directory`);
}

/** As many entries of the root are tried. */
const TRIED_MAX = 20;

/** It may be listed, and of what lies in it at least one thing may be read. */
async function requireReadable(root: string): Promise<void> {
  const names: string[] = [];
  try {
    await access(root, constants.R_OK | constants.X_OK);
    for await (const entry of await opendir(root)) {
      if (entry.isFile() || entry.isDirectory()) names.push(entry.name);
      if (names.length === TRIED_MAX) break;
    }
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown;
    throw new ConnectionFailure('no-permission-to-list', `This process (${whoAsks()}) may not list ${root}`);
  }
  for (const name of names) if (await isReadable(join(root, name))) return;
  const [first] = names;
  if (first === undefined) return;
  const message = `This process (${whoAsks()}) may read nothing in ${root}: for example not ${first}`;
  throw new ConnectionFailure('no-permission-to-read', message);
}

async function isReadable(path: string): Promise<boolean> {
  try {
    // A pipe that took the place of a file meanwhile must not hold the test up.
    await using _file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return true;
  } catch (thrown) {
    if (isRefused(thrown)) return false;
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ELOOP') return false;
    throw thrown;
  }
}

async function testFileSystem({ root, identity }: ConnectionSubject, acceptIdentity: boolean): Promise<string> {
  const found = await fileSystemIdentity(root);
  if (identity === undefined || identity === found || acceptIdentity) return found;
  throw new ConnectionFailure(
    'another-directory',
    `${root} is another directory (${found}) than before (${identity}): is the right disk mounted? If it is to be used from now on, accept it`,
  );
}

/** The sentinel's identity; undefined when it is to be made. */
async function testSentinel(
  { root, identity }: ConnectionSubject,
  acceptIdentity: boolean,
): Promise<string | undefined> {
  const found = await readIdentity(root).catch((thrown: unknown) => {
    const why = thrown instanceof AppError ? thrown.message : messageOf(thrown);
    throw new ConnectionFailure('another-repository', `${SENTINEL_FILE} in ${root} cannot be read. ${why}`);
  });
  if (found === identity || acceptIdentity) return found;
  if (found === undefined) {
    throw new ConnectionFailure(
      'another-directory',
      `${SENTINEL_FILE} is not in ${root} any more: is the right disk mounted? If this directory is to be used from now on, accept it`,
    );
  }
  throw new ConnectionFailure(
    'another-repository',
    `${root} is a repository already, ${found}, perhaps of another Muster: two that write into one destroy each other's work. If no other one uses it, accept it`,
  );
}

/** Writes, brings to disk, renames and removes a small file under a name of Muster's own. */
async function tryWriting(root: string): Promise<void> {
  const path = join(root, `.muster-test-${randomBytes(6).toString('hex')}`);
  const renamed = `${path}.renamed`;
  try {
    await writeDurably(path, Buffer.alloc(4096, 'muster'));
    await rename(path, renamed);
    await syncDirectory(root);
    await rm(renamed);
    await syncDirectory(root);
  } catch (thrown) {
    await rm(path, { force: true }).catch(() => undefined);
    await rm(renamed, { force: true }).catch(() => undefined);
    throw writeFailure(root, thrown);
  }
}

function writeFailure(root: string, thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (code === 'EROFS') {
    const message = `${root} is mounted read-only, but the repository is marked writable`;
    return new ConnectionFailure('mounted-read-only', message);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ConnectionFailure('disk-full', `There is no room for 4 KiB in ${root}: ${messageOf(thrown)}`);
  }
  if (!isRefused(thrown)) return thrown;
  return new ConnectionFailure(
    'no-permission-to-write',
    `This process (${whoAsks()}) may not write into ${root}, but the repository is marked writable`,
  );
}
