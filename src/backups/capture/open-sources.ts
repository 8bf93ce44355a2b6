import { join } from 'node:path';

/** The one place in Muster's data that backups may be taken of: what lies there was generated, and holds nothing of Muster. */
export function openSourcesIn(dataDirectory: string): string {
  return join(dataDirectory, 'samples', 'sources');
}
