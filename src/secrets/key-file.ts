import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, messageOf } from '../kernel/errors.ts';

/** No key file is larger; a larger one is something else under its name. */
const KEY_FILE_BYTES_MAX = 16 * 1024;

const OTHERS_BITS = 0o077;

/**
 * The text of a key file.
 *
 * @throws AppError `unavailable` `key-missing`; `unprocessable` `key-exposed` when the group or others have any right to
 * it, `key-damaged` when it is no regular file or too large. The message never holds the content.
 */
export async function readKeyFile(path: string): Promise<string> {
  const file = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw unreadable(path, thrown);
    throw new AppError(
      'unavailable',
      'key-missing',
      `The key file ${path} is missing: put it back from your sealed copy`,
    );
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > KEY_FILE_BYTES_MAX) {
      throw keyDamaged(path, 'is not a key file');
    }
    if ((stat.mode & OTHERS_BITS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      throw new AppError(
        'unprocessable',
        'key-exposed',
        `The key file ${path} is open to other users (mode ${mode}): run chmod 600 on it, and ask who could have read it`,
      );
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Makes a key file of mode 0600, whole or not at all, on the disk when this returns. Never replaces a file: when one of
 * that name exists already, it stays and the answer is false.
 */
export async function createKeyFile(path: string, text: string): Promise<boolean> {
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await createWhole(directory, path, text);
  } catch (thrown) {
    throw new AppError('unavailable', 'key-not-written', `The key file ${path} cannot be made: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** A key file that cannot be what it should be. */
export function keyDamaged(path: string, what: string): AppError {
  return new AppError(
    'unprocessable',
    'key-damaged',
    `The key file ${path} ${what}: put it back from your sealed copy`,
  );
}

// A link, unlike a rename, fails when the name is taken: of two processes that start at once, one makes the key.
async function createWhole(directory: string, path: string, text: string): Promise<boolean> {
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  await writeDurably(temporary, text);
  try {
    await link(temporary, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await unlink(temporary);
    await syncDirectory(directory);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, thrown: unknown): AppError {
  return new AppError('unavailable', 'key-unreadable', `The key file ${path} cannot be read: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}
