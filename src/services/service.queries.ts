import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { Requirements, Service } from './service.ts';

/**
 * One service by its id, retired ones included.
 * @throws AppError `not-found`.
 */
export async function serviceById(db: Queryable, id: string): Promise<Service> {
  const rows = await db.rows<ServiceRecord>(`${SELECT_SERVICE} WHERE s.id = $1`, [id]);
  if (!rows[0]) throw new AppError('not-found', 'no-such-service', `There is no service ${id}`);
  return serviceOf(rows[0]);
}

/** One service by its name (case does not matter), retired ones included; undefined when there is none. */
export async function serviceByName(db: Queryable, name: string): Promise<Service | undefined> {
  const rows = await db.rows<ServiceRecord>(`${SELECT_SERVICE} WHERE lower(s.name) = lower($1)`, [name]);
  return rows[0] && serviceOf(rows[0]);
}

/** Muster's own entry; undefined before the first start has made it. */
export async function musterService(db: Queryable): Promise<Service | undefined> {
  const rows = await db.rows<ServiceRecord>(`${SELECT_SERVICE} WHERE s.system`);
  return rows[0] && serviceOf(rows[0]);
}

/** Which services a list holds; an absent filter lets all pass. */
export interface ServiceFilter {
  readonly state: 'active' | 'retired' | 'all';
  readonly criticality?: Severity | undefined;
  readonly ownerId?: string | undefined;
  readonly dependsOn?: string | undefined;
  readonly neededBy?: string | undefined;
  readonly backupSet?: string | undefined;
}

/** A service with the key that the list is ordered by. */
export interface ListedService {
  readonly service: Service;
  readonly nameKey: string;
}

/** Services in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listServices(
  db: Queryable,
  filter: ServiceFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedService[]> {
  const parameters: unknown[] = [];
  const value = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const conditions = ['TRUE'];
  if (filter.state !== 'all') conditions.push(`s.retired_at IS ${filter.state === 'active' ? '' : 'NOT '}NULL`);
  if (filter.criticality) conditions.push(`s.criticality = ${value(filter.criticality)}`);
  if (filter.ownerId) conditions.push(`s.owner_id = ${value(filter.ownerId)}`);
  if (filter.dependsOn) {
    conditions.push(`EXISTS (SELECT FROM service_dependency d
      WHERE d.service_id = s.id AND d.depends_on_id = ${value(filter.dependsOn)})`);
  }
  if (filter.neededBy) {
    conditions.push(`EXISTS (SELECT FROM service_dependency d
      WHERE d.service_id = ${value(filter.neededBy)} AND d.depends_on_id = s.id)`);
  }
  if (filter.backupSet) {
    conditions.push(`EXISTS (SELECT FROM service_backup_set b
      WHERE b.service_id = s.id AND b.backup_set_id = ${value(filter.backupSet)})`);
  }
  if (page.after !== undefined) conditions.push(`lower(s.name) > ${value(page.after)}`);
  const rows = await db.rows<ServiceRecord>(
    `${SELECT_SERVICE} WHERE ${conditions.join(' AND ')} ORDER BY lower(s.name) LIMIT ${value(page.limit)}`,
    parameters,
  );
  return rows.map((row) => ({ service: serviceOf(row), nameKey: row.name_key }));
}

/** One edge of the dependency graph, with its service's name for messages. */
export interface NamedDependency {
  readonly serviceId: string;
  readonly serviceName: string;
  /** Null for a service without dependencies. */
  readonly dependsOnId: string | null;
}

/** Every dependency that can be reached from the services `from`, and the names along the way. */
export async function dependenciesBelow(db: Queryable, from: readonly string[]): Promise<NamedDependency[]> {
  return db.rows<NamedDependency>(
    `WITH RECURSIVE needed (id) AS (
       SELECT unnest($1::uuid[])
       UNION
       SELECT d.depends_on_id FROM needed JOIN service_dependency d ON d.service_id = needed.id
     )
     SELECT s.id AS "serviceId", s.name AS "serviceName", d.depends_on_id AS "dependsOnId"
     FROM needed JOIN service s ON s.id = needed.id LEFT JOIN service_dependency d ON d.service_id = s.id`,
    [from],
  );
}

/** The ids among these that are services in use. */
export async function suitableDependencies(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    'SELECT id FROM service WHERE id = ANY ($1::uuid[]) AND retired_at IS NULL',
    [ids],
  );
  return rows.map((row) => row.id);
}

/** The ids of the services in use of these names, whatever the case, by the name in lower case. */
export async function servicesByNames(db: Queryable, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db.rows<{ readonly id: string; readonly key: string }>(
    'SELECT id, lower(name) AS key FROM service WHERE lower(name) = ANY ($1::text[]) AND retired_at IS NULL',
    [names.map((name) => name.toLowerCase())],
  );
  return new Map(rows.map(({ id, key }) => [key, id]));
}

/** Names of the services in use that depend directly on this one, at most `limit` of them. */
export async function namesOfDependents(db: Queryable, id: string, limit: number): Promise<string[]> {
  const rows = await db.rows<{ name: string }>(
    `SELECT s.name FROM service_dependency d JOIN service s ON s.id = d.service_id
     WHERE d.depends_on_id = $1 AND s.retired_at IS NULL ORDER BY lower(s.name) LIMIT $2`,
    [id, limit],
  );
  return rows.map((row) => row.name);
}

interface ServiceRecord {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly criticality: Severity;
  readonly owner_id: string;
  readonly owner_kind: 'person' | 'team';
  readonly owner_name: string;
  readonly customer: string;
  readonly max_proof_age_days: number;
  readonly system: boolean;
  readonly retired_at: Date | null;
  readonly retired_reason: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly dependencies: string[];
  readonly backup_sets: string[];
  readonly requirements: Requirements;
}

const SELECT_SERVICE = `
  SELECT s.*, lower(s.name) AS name_key, p.name AS owner_name,
    ARRAY(SELECT d.depends_on_id FROM service_dependency d WHERE d.service_id = s.id ORDER BY 1) AS dependencies,
    ARRAY(SELECT b.backup_set_id FROM service_backup_set b WHERE b.service_id = s.id ORDER BY 1) AS backup_sets,
    jsonb_build_object(
      'spares', coalesce((SELECT jsonb_agg(jsonb_build_object('part', r.part, 'quantity', r.quantity)
                                           ORDER BY lower(r.part)) FROM service_spare r WHERE r.service_id = s.id), '[]'),
      'seats', coalesce((SELECT jsonb_agg(jsonb_build_object('product', r.product, 'quantity', r.quantity)
                                          ORDER BY lower(r.product)) FROM service_seat r WHERE r.service_id = s.id), '[]'),
      'skills', coalesce((SELECT jsonb_agg(r.skill ORDER BY lower(r.skill))
                          FROM service_skill r WHERE r.service_id = s.id), '[]')
    ) AS requirements
  FROM service s JOIN principal p ON p.id = s.owner_id`;

function serviceOf(row: ServiceRecord): Service {
  return {
    id: row.id,
    name: row.name,
    criticality: row.criticality,
    owner: { id: row.owner_id, kind: row.owner_kind, name: row.owner_name },
    customer: row.customer,
    dependencies: row.dependencies,
    backupSets: row.backup_sets,
    requirements: row.requirements,
    maxProofAgeDays: row.max_proof_age_days,
    system: row.system,
    retired: row.retired_at ? { at: instantOf(row.retired_at), reason: row.retired_reason ?? '' } : null,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
