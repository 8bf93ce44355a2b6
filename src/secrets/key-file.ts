import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile } from '../kernel/durable-files.ts';
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
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await createFile(path, text);
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

function unreadable(path: string, thrown: unknown): AppError {
  return new AppError('unavailable', 'key-unreadable', `The key file ${path} cannot be read: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}
