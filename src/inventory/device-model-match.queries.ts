import type { Queryable } from '../database/database.ts';
import { idIn } from './reference.ts';

/** A device model as a message names it. */
export interface DeviceModelRef {
  readonly id: string;
  readonly manufacturer: string;
  readonly model: string;
}

const MATCHES_MAX = 20;

/** The device models in use that a text means: by id, by model, or by "manufacturer model"; case does not matter. At most 20. */
export async function deviceModelsMatching(db: Queryable, text: string): Promise<DeviceModelRef[]> {
  const name = text.trim();
  return db.rows<DeviceModelRef>(
    `SELECT m.id, m.manufacturer, m.model FROM device_model m
     WHERE (lower(m.model) = lower($1) OR lower(m.manufacturer || ' ' || m.model) = lower($1)
            OR m.id = $2::uuid) AND m.retired_at IS NULL
     ORDER BY lower(m.manufacturer), lower(m.model), m.id LIMIT ${MATCHES_MAX}`,
    [name, idIn(name)],
  );
}
