import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a file, whole or not at all, for its owner only; it is on disk when this returns. Never replaces a file: when one
 * of that name exists already, it stays and the answer is false. Needs a file system that knows hard links.
 */
export async function createFile(path: string, text: string): Promise<boolean> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeDurably(temporary, text);
    // A link, unlike a rename, fails when the name is taken: of two processes at once, one makes the file.
    await link(temporary, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(temporary, { force: true });
    await syncDirectory(directory);
  }
}

/** Writes a file whole or not at all, for its owner only; it is on disk when this returns. For one writer at a time. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeDurably(temporary, text);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/**
 * The same for a place where others have files of their own: the temporary name is one that nobody else has, and it is
 * gone when this fails.
 */
export async function placeFile(path: string, content: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeDurably(temporary, content);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncDirectory(dirname(path));
}

/**
 * Writes a new file, for its owner only, whose content is on disk when this returns; its name is with
 * {@link syncDirectory}. A crash in between leaves a part of it.
 */
export async function writeDurably(path: string, content: string | Buffer): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(content);
  await file.sync();
}

/** Gives a finished directory its name: before this it does not exist under it, afterwards it does, also after a power cut. */
export async function publishDirectory(finished: string, target: string): Promise<void> {
  await syncDirectory(finished);
  await rename(finished, target);
  await syncDirectory(dirname(target));
}

/** Has the directory's own entries (names made, removed, renamed) on disk. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}
