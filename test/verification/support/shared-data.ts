import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where data of others lies that is not part of the checkout: `MUSTER_SHARED_DIR`, or beside it. */
const SHARED = process.env.MUSTER_SHARED_DIR ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');

/** A directory or file of that data; undefined where it is not there. */
export function sharedData(...path: string[]): string | undefined {
  const directory = join(SHARED, ...path);
  return existsSync(directory) ? directory : undefined;
}
