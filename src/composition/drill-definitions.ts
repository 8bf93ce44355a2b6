import { fileURLToPath } from 'node:url';
import { type DrillCatalogue, openCatalogue } from '../drills/catalogue.ts';

/** Where the drill definitions of this checkout lie. */
const DRILLS_DIRECTORY = fileURLToPath(new URL('../../drills/', import.meta.url));

/** The drill definitions as they are now. */
export function openDrills(): Promise<DrillCatalogue> {
  return openCatalogue(DRILLS_DIRECTORY);
}
