import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const TRASH_PREFIX = '.deleting-';

/** What Muster puts before the name of a point of its own while it removes it. */
const TRASH_NAME = /^\.deleting-\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/**
 * Removes a point's directory; one that is gone already is no failure. The rename takes the point away at once and whole;
 * emptying the directory may take long, and may be cut short: the next call for the same point goes on with it.
 */
export async function removeDirectory(directory: string): Promise<void> {
  const trash = join(dirname(directory), `${TRASH_PREFIX}${basename(directory)}`);
  await rename(directory, trash).catch((thrown: NodeJS.ErrnoException) => {
    // An earlier run got as far as this.
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  await rm(trash, { recursive: true, force: true });
}

/** Removes what removals left behind that no catalogue knows of any more, after it was restored from an older backup. */
export async function emptyTrash(directory: string): Promise<void> {
  const names = await readdir(directory).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  for (const name of names) {
    if (TRASH_NAME.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
