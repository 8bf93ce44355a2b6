import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory that is missing, and those above it, for their owner only. Unlike `mkdir` with `recursive`, which asks
 * for ever where a parent exists and yet nothing can be made in it (/proc, an automounter's directory), this ends.
 * @throws the file system's error of the first directory that cannot be made.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw thrown;
    await makeDirectory(parent);
    await makeDirectory(path);
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
