import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/** A location that a caller has named, and where. */
export interface NamedPlace {
  readonly locationId: string;
  /** For the message: `#/lines/0/toLocationId`. */
  readonly field: string;
}

/**
 * Holds the locations that things are to lie at: none of them can be retired until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-location` for the first one that is not there, or retired.
 */
export async function holdLocations(tx: Tx, places: readonly NamedPlace[]): Promise<void> {
  if (places.length === 0) return;
  const found = await tx.rows<{ id: string; code: string; retired: boolean }>(
    `SELECT id, code, retired_at IS NOT NULL AS retired FROM location WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE`,
    [[...new Set(places.map((place) => place.locationId))]],
  );
  const byId = new Map(found.map((location) => [location.id, location]));
  for (const { locationId, field } of places) {
    const location = byId.get(locationId);
    if (location && !location.retired) continue;
    const message = location ? `${location.code} is retired` : `there is no location ${locationId}`;
    throw new AppError('unprocessable', 'unsuitable-location', `Things can lie at locations in use only: ${message}`, {
      fields: [{ field, message: `must be the id of a location in use: ${message}` }],
    });
  }
}
