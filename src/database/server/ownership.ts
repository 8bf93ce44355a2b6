import { type Dirent, existsSync } from 'node:fs';
import { chmod, lchown, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import type { RunAs } from './run-as.ts';

/** Files whose owner stands for the whole tree when it was last used by this Muster. */
const SAMPLES = ['.', 'PG_VERSION', 'global/pg_control'] as const;

/**
 * Makes a directory tree usable by the server: it belongs to the user that `runAs` names and its top is 0700.
 * The tree is walked when its top, `PG_VERSION` or `global/pg_control` has another owner, or when it is a restored backup
 * (`backup_label`), whose files may carry any owner. The top changes last, so a walk that was cut short is done again.
 * Nothing is walked when this process made every file (`allMadeByUs`) and the server runs as its user.
 *
 * @throws AppError `unavailable` `data-directory-unreachable` when the server's account cannot get to the directory,
 * `data-directory-foreign` when it belongs to someone else and Muster is not root.
 */
export async function giveTo(runAs: RunAs, directory: string, allMadeByUs = false): Promise<void> {
  await closeToOthers(directory);
  const { owner } = runAs;
  if (owner === undefined) return;
  await refuseUnreachable(runAs, directory);
  if (allMadeByUs && owner.uid === process.geteuid?.() && owner.gid === process.getegid?.()) return;
  if (!existsSync(join(directory, 'backup_label')) && (await ownsSamples(directory, owner.uid))) return;
  await giveTree(directory, owner);
}

async function closeToOthers(directory: string): Promise<void> {
  const { mode, uid } = await stat(directory);
  if ((mode & 0o777) === 0o700) return;
  await chmod(directory, 0o700).catch((cause) => {
    throw new AppError(
      'unavailable',
      'data-directory-foreign',
      `${directory} belongs to user id ${uid}, Muster runs as ${process.getuid?.()}. Run it as that user, or give the directory to this one (chown -R).`,
      { cause },
    );
  });
}

/** True when the server's account can go through every parent of the directory. */
export async function canReach(runAs: RunAs, directory: string): Promise<boolean> {
  return (await closedParent(runAs, directory)) === undefined;
}

/** @throws AppError `unavailable` `data-directory-unreachable` when the server's account cannot get to the directory. */
export async function refuseUnreachable(runAs: RunAs, directory: string): Promise<void> {
  const closed = await closedParent(runAs, directory);
  if (closed === undefined) return;
  throw new AppError(
    'unavailable',
    'data-directory-unreachable',
    `PostgreSQL runs as user id ${runAs.owner?.uid}, which may not enter ${closed}. Run Muster as an ordinary user instead of root, or allow it user namespaces or CAP_DAC_OVERRIDE.`,
  );
}

async function closedParent(runAs: RunAs, directory: string): Promise<string | undefined> {
  if (runAs.entersClosedDirectories || runAs.owner === undefined) return undefined;
  for (let parent = dirname(directory); ; parent = dirname(parent)) {
    const { mode, uid, gid } = await stat(parent);
    const bit = uid === runAs.owner.uid ? 0o100 : gid === runAs.owner.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return parent;
    if (parent === dirname(parent)) return undefined;
  }
}

async function ownsSamples(directory: string, uid: number): Promise<boolean> {
  for (const sample of SAMPLES) {
    const path = join(directory, sample);
    if (existsSync(path) && (await lstat(path)).uid !== uid) return false;
  }
  return true;
}

async function giveTree(directory: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  const entries: Dirent[] = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await giveTree(path, owner);
    else await lchown(path, owner.uid, owner.gid);
  }
  await lchown(directory, owner.uid, owner.gid);
}
