import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncDirectory, writeDurably } from '../kernel/durable-files.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Repository } from './backup-catalogue.ts';
import { fileSystemIdentity } from './external/filesystem-identity.ts';

/** The file in a repository's root that says which repository this is. */
export const SENTINEL_FILE = '.muster-repository';

const sentinelSchema = z.object({ format: z.literal('muster-repository/1'), id: z.uuid() });

/**
 * Marks an existing directory as a repository, once, and answers its identity; a repository that is marked already keeps it.
 * @throws AppError `unavailable` when the directory is not there or may not be written.
 */
export async function initialiseRepository(root: string): Promise<string> {
  const present = await readIdentity(root);
  if (present !== undefined) return present;
  const id = newId();
  try {
    await writeDurably(join(root, SENTINEL_FILE), sentinelText(id));
    await syncDirectory(root);
    return id;
  } catch (thrown) {
    // Another process was faster: its identity counts.
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return requireRepository(root);
    throw repositoryUnavailable(root, messageOf(thrown), thrown);
  }
}

/**
 * Makes sure that the directory is the repository it should be. A disk that is not mounted shows the empty directory below
 * it: without the sentinel nothing may be concluded from what is missing there, and nothing may be written.
 *
 * @param identity what the sentinel must say; left out, any repository will do.
 * @throws AppError `unavailable` `repository-unavailable`, with the reason.
 */
export async function requireRepository(root: string, identity?: string): Promise<string> {
  const found = await readIdentity(root);
  if (found === undefined) {
    throw repositoryUnavailable(root, `the file ${SENTINEL_FILE} is not there: is the disk mounted?`);
  }
  if (identity !== undefined && found !== identity) {
    throw repositoryUnavailable(root, `this is another repository (${found}; expected was ${identity})`);
  }
  return found;
}

/**
 * Makes sure that a repository of the catalogue is there and no other directory in its place, whichever way it is told.
 * Nothing is written.
 * @returns its identity.
 * @throws AppError `unavailable` `repository-unavailable`, with the reason.
 */
export async function requireAvailable(
  repository: Pick<Repository, 'root' | 'identityKind' | 'identity'>,
): Promise<string> {
  const { root, identityKind, identity } = repository;
  if (identity === undefined) {
    throw repositoryUnavailable(root, 'no connection test has found it yet: order one');
  }
  if (identityKind === 'sentinel') return requireRepository(root, identity);
  const found = await fileSystemIdentity(root).catch((thrown: unknown) => {
    throw repositoryUnavailable(root, messageOf(thrown), thrown);
  });
  if (found !== identity) {
    throw repositoryUnavailable(
      root,
      `this is another directory (${found}; expected was ${identity}): is the disk mounted?`,
    );
  }
  return found;
}

/** The code of the error for a repository that is not there. */
export const REPOSITORY_UNAVAILABLE = 'repository-unavailable';

/** The error for it: `why` is the end of a sentence. */
export function repositoryUnavailable(root: string, why: string, cause?: unknown): AppError {
  return new AppError('unavailable', REPOSITORY_UNAVAILABLE, `The repository ${root} is unavailable: ${why}`, {
    cause,
  });
}

/**
 * What the sentinel in a directory says; undefined when there is none.
 * @throws AppError `unavailable` `repository-unavailable` when it cannot be read, or is none of ours.
 */
export async function readIdentity(root: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(root, SENTINEL_FILE), 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT' && (await isDirectory(root))) return undefined;
    throw repositoryUnavailable(root, messageOf(thrown), thrown);
  }
  return identityIn(root, text);
}

/**
 * What the text of a sentinel says.
 * @throws AppError `unavailable` `repository-unavailable` when it is none of ours.
 */
export function identityIn(root: string, text: string): string {
  try {
    return sentinelSchema.parse(JSON.parse(text)).id;
  } catch (cause) {
    throw repositoryUnavailable(root, `${SENTINEL_FILE} does not say which repository this is`, cause);
  }
}

/** The text of a sentinel. */
export function sentinelText(id: string): string {
  return `${JSON.stringify({ format: 'muster-repository/1', id })}\n`;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
