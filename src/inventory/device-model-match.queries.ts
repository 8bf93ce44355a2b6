import type { Queryable } from '../database/database.ts';

/** A device model as a message names it. */
export interface DeviceModelRef {
  readonly id: string;
  readonly manufacturer: string;
  readonly model: string;
}

const MATCHES_MAX = 20;

/** The device models in use that a text means: by id, by model, or by "manufacturer model"; case does not matter. At most 20. */
export async function deviceModelsMatching(db: Queryable, text: string): Promise<DeviceModelRef[]> {
  return db.rows<DeviceModelRef>(
    `SELECT m.id, m.manufacturer, m.model FROM device_model m
     WHERE lower($1) IN (lower(m.model), lower(m.manufacturer || ' ' || m.model), m.id::text) AND m.retired_at IS NULL
     ORDER BY lower(m.manufacturer), lower(m.model), m.id LIMIT ${MATCHES_MAX}`,
    [text.trim()],
  );
}
