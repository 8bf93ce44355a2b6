import type { Queryable } from '../database/database.ts';
import type { StatedRequirement } from './coverage.ts';

/** What some services say that their recovery needs, in the order of the services and of their texts. */
export interface StatedRequirements {
  readonly spares: readonly StatedRequirement[];
  readonly seats: readonly StatedRequirement[];
  readonly skills: readonly StatedRequirement[];
}

/** The requirements of these services. */
export async function statedRequirements(db: Queryable, serviceIds: readonly string[]): Promise<StatedRequirements> {
  const rows = await db.rows<{
    kind: keyof StatedRequirements;
    id: string;
    name: string;
    text: string;
    quantity: number;
  }>(
    `SELECT r.kind, s.id, s.name, r.text, r.quantity
     FROM (SELECT 'spares' AS kind, service_id, part AS text, quantity FROM service_spare WHERE service_id = ANY ($1::uuid[])
           UNION ALL SELECT 'seats', service_id, product, quantity FROM service_seat WHERE service_id = ANY ($1::uuid[])
           UNION ALL SELECT 'skills', service_id, skill, 1 FROM service_skill WHERE service_id = ANY ($1::uuid[])) r
     JOIN service s ON s.id = r.service_id
     ORDER BY array_position($1::uuid[], s.id), lower(r.text)`,
    [serviceIds],
  );
  const of = (kind: keyof StatedRequirements) =>
    rows
      .filter((row) => row.kind === kind)
      .map(({ id, name, text, quantity }) => ({ service: { id, name }, text, quantity }));
  return { spares: of('spares'), seats: of('seats'), skills: of('skills') };
}

/** The service with everything that it needs, directly and further down: itself first, then by name. */
export async function servicesBelow(db: Queryable, id: string): Promise<{ id: string; name: string }[]> {
  return db.rows<{ id: string; name: string }>(
    `WITH RECURSIVE needed (id) AS (
       SELECT $1::uuid
       UNION
       SELECT d.depends_on_id FROM needed JOIN service_dependency d ON d.service_id = needed.id
     )
     SELECT s.id, s.name FROM needed JOIN service s ON s.id = needed.id ORDER BY s.id <> $1, lower(s.name)`,
    [id],
  );
}

/** The database's clock: the moment that an answer speaks of. */
export async function databaseNow(db: Queryable): Promise<Date> {
  const [row] = await db.rows<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (!row) throw new Error('SELECT clock_timestamp() answered no row');
  return row.now;
}
