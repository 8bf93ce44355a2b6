import { join } from 'node:path';
import { openSourcesIn } from '../../backups/capture/open-sources.ts';

/** Where samples lie. Absolute paths. */
export interface SamplePlaces {
  /** All of them. */
  readonly home: string;
  readonly sources: string;
  readonly repository: string;
}

/** The places below a data directory. */
export function samplePlacesIn(dataDirectory: string): SamplePlaces {
  const home = join(dataDirectory, 'samples');
  return { home, sources: openSourcesIn(dataDirectory), repository: join(home, 'repository') };
}
