import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Test data that nobody here wrote lies beside the checkout where it is present; it is no part of the project. */
export function samplePath(...parts: string[]): string | undefined {
  const path = join(import.meta.dirname, '..', '..', '..', 'shared', ...parts);
  return existsSync(path) ? path : undefined;
}
