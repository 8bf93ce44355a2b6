import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Has the directory's own entries (names made, removed, renamed) on disk. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

/** Writes a new file that is on disk when this returns. */
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
