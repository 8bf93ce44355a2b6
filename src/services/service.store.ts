import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { type ColumnChanges, statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import { ServiceEntity, type ServiceRow } from './service.entity.ts';
import type { Requirements } from './service.ts';

/** What a new row needs; the rest has defaults. */
export type NewServiceRow = Pick<
  ServiceRow,
  'id' | 'name' | 'criticality' | 'ownerId' | 'ownerKind' | 'customer' | 'maxProofAgeDays' | 'system'
>;

/** What a change may set in the row itself. */
export type ServiceColumns = ColumnChanges<Omit<NewServiceRow, 'id' | 'system'>>;

/** A service as it is before a change. */
export interface ServiceState {
  readonly name: string;
  readonly system: boolean;
  readonly version: number;
}

/**
 * Makes all writers of the register take turns until the transaction ends: two changes that are harmless alone could
 * close a cycle together. Every write to the register takes it first, before any row.
 */
export async function lockServiceGraph(tx: Tx): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.serviceGraph]);
}

/**
 * Reads a service in use, which nobody else can change until the transaction ends.
 * @throws AppError `not-found`; `conflict` `service-retired`; `stale` when its version is not the expected one.
 */
export async function lockService(tx: Tx, id: string, expectedVersion?: number): Promise<ServiceState> {
  const [found] = await tx.rows<ServiceState & { retired: boolean }>(
    `SELECT name, system, version, retired_at IS NOT NULL AS retired
     FROM service WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-service', `There is no service ${id}`);
  if (expectedVersion !== undefined && found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-service',
      `${found.name} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.retired) throw new AppError('conflict', 'service-retired', `${found.name} is retired and changes no more`);
  return found;
}

/** @throws AppError `conflict` `service-name-taken`. */
export async function insertService(tx: Tx, row: NewServiceRow): Promise<void> {
  await mapConstraints({ service_name_unique: () => nameTaken(row.name) }, () =>
    tx.repository(ServiceEntity).insert(row),
  );
}

/**
 * Sets columns and counts the version up, also when only the lists of a service have changed.
 * @throws AppError `conflict` `service-name-taken`.
 */
export async function updateServiceRow(tx: Tx, id: string, change: ServiceColumns): Promise<void> {
  await mapConstraints({ service_name_unique: () => nameTaken(change.name ?? '') }, () =>
    tx
      .repository(ServiceEntity)
      .update({ id }, { ...statedColumns(change), version: () => 'version + 1', updatedAt: () => 'now()' }),
  );
}

/** Marks a service as retired and counts its version up. The caller holds it by {@link lockService}. */
export async function retireServiceRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .repository(ServiceEntity)
    .update(
      { id },
      { retiredAt: () => 'now()', retiredReason: reason, version: () => 'version + 1', updatedAt: () => 'now()' },
    );
}

/** Makes these services, and no others, the ones that a service depends on. The caller has looked for cycles. */
export async function setDependencies(tx: Tx, id: string, dependencies: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM service_dependency WHERE service_id = $1 AND depends_on_id <> ALL ($2::uuid[])', [
    id,
    dependencies,
  ]);
  await tx.execute(
    `INSERT INTO service_dependency (service_id, depends_on_id) SELECT $1, unnest($2::uuid[])
     ON CONFLICT DO NOTHING`,
    [id, dependencies],
  );
}

/** Makes these backup sets, and no others, the ones of a service. */
export async function setBackupSets(tx: Tx, id: string, backupSets: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM service_backup_set WHERE service_id = $1 AND backup_set_id <> ALL ($2::uuid[])', [
    id,
    backupSets,
  ]);
  for (const backupSet of backupSets) await insertBackupSet(tx, id, backupSet);
}

/** Adds one backup set to a service; false when it has it already. */
export async function insertBackupSet(tx: Tx, id: string, backupSet: string): Promise<boolean> {
  const inserted = await tx.execute(
    'INSERT INTO service_backup_set (service_id, backup_set_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [id, backupSet],
  );
  return inserted > 0;
}

/**
 * Replaces the whole statement of what a service's recovery needs.
 * @throws AppError `unprocessable` `duplicate-requirement` for names that the database, unlike the form, takes for one.
 */
export async function setRequirements(tx: Tx, id: string, requirements: Requirements): Promise<void> {
  for (const table of ['service_spare', 'service_seat', 'service_skill']) {
    await tx.execute(`DELETE FROM ${table} WHERE service_id = $1`, [id]);
  }
  const errors = {
    service_spare_part_unique: () => namedTwice('spares'),
    service_seat_product_unique: () => namedTwice('seats'),
    service_skill_unique: () => namedTwice('skills'),
  };
  await mapConstraints(errors, () => insertRequirements(tx, id, requirements));
}

async function insertRequirements(tx: Tx, id: string, { spares, seats, skills }: Requirements): Promise<void> {
  await tx.execute(
    'INSERT INTO service_spare (service_id, part, quantity) SELECT $1, * FROM unnest($2::text[], $3::integer[])',
    [id, spares.map((spare) => spare.part), spares.map((spare) => spare.quantity)],
  );
  await tx.execute(
    'INSERT INTO service_seat (service_id, product, quantity) SELECT $1, * FROM unnest($2::text[], $3::integer[])',
    [id, seats.map((seat) => seat.product), seats.map((seat) => seat.quantity)],
  );
  await tx.execute('INSERT INTO service_skill (service_id, skill) SELECT $1, unnest($2::text[])', [id, skills]);
}

function namedTwice(list: 'spares' | 'seats' | 'skills'): AppError {
  return new AppError('unprocessable', 'duplicate-requirement', `The required ${list} name one thing twice`, {
    fields: [{ field: `#/requirements/${list}`, message: 'must name each once, whatever the case' }],
  });
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', 'service-name-taken', `A service named ${name} exists already, perhaps retired`, {
    fields: [{ field: '#/name', message: 'is taken' }],
  });
}
