import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../kernel/ids.ts';
import type { Directories } from './directories.ts';

/**
 * The id of this data directory, made on the first call. A host name would not do: a container has a new one after each
 * restart, and two directories on one host must not reap each other's sandboxes.
 */
export async function instanceId({ data }: Directories): Promise<string> {
  const file = join(data, 'instance-id');
  try {
    await writeFile(file, `${newId()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
  return (await readFile(file, 'utf8')).trim();
}
