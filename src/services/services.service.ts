import { recordAudit } from '../audit/audit.store.ts';
import { type Origin, originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { replaceDependencies } from './dependency.service.ts';
import { musterService, namesOfDependents, serviceById } from './service.queries.ts';
import {
  insertBackupSet,
  insertService,
  lockService,
  lockServiceGraph,
  retireServiceRow,
  setBackupSets,
  setRequirements,
  updateServiceRow,
} from './service.store.ts';
import { type NewService, newServiceSchema, type Service, type ServiceChange } from './service.ts';

/** The name of Muster's own entry. */
const MUSTER_SERVICE_NAME = 'Muster';

/** Which service is to change, and the version of it that the caller has read. */
export interface ServiceTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Adds a service to the register.
 * @throws AppError `conflict` `service-name-taken`; `unprocessable` `unsuitable-owner`, `unsuitable-dependency`.
 */
export async function createService(tx: Tx, caller: Caller, wanted: NewService): Promise<Service> {
  await lockServiceGraph(tx);
  return addService(tx, originOf(caller), wanted, false);
}

/**
 * Changes a service: what the change names replaces what was there.
 * @throws AppError `not-found`, `stale`; `conflict` `service-retired`, `service-name-taken`, `system-service`;
 *   `unprocessable` `unsuitable-owner`, `unsuitable-dependency`, `dependency-cycle`.
 */
export async function updateService(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ServiceTarget,
  change: ServiceChange,
): Promise<Service> {
  const { ownerId, dependencies, backupSets, requirements, ...columns } = change;
  await lockServiceGraph(tx);
  const before = await lockService(tx, id, expectedVersion);
  const name = columns.name ?? before.name;
  if (before.system && name !== before.name) throw systemService(before.name, 'cannot be renamed');
  const owner = ownerId === undefined ? undefined : await holdOwner(tx, ownerId, '#/ownerId');
  await updateServiceRow(tx, id, { ...columns, ownerId: owner?.id, ownerKind: owner?.kind });
  if (dependencies) await replaceDependencies(tx, { id, name }, dependencies);
  if (backupSets) await setBackupSets(tx, id, backupSets);
  if (requirements) await setRequirements(tx, id, requirements);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'service.update',
    subjectKind: 'service',
    subjectId: id,
    details: change,
  });
  return serviceById(tx, id);
}

/**
 * Takes a service out of use for good. It stays readable, because evidence names it; its name stays taken.
 * @throws AppError `not-found`, `stale`; `conflict` `service-retired`, `system-service`, or `service-still-needed`, which
 *   names services that depend on it.
 */
export async function retireService(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ServiceTarget,
  reason: string,
): Promise<Service> {
  await lockServiceGraph(tx);
  const before = await lockService(tx, id, expectedVersion);
  if (before.system) throw systemService(before.name, 'cannot be retired');
  await requireNotNeeded(tx, id, before.name);
  await retireServiceRow(tx, id, reason);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'service.retire',
    subjectKind: 'service',
    subjectId: id,
    details: { name: before.name, reason },
  });
  return serviceById(tx, id);
}

/** Names a backup set among those that bring a service back. @throws AppError `not-found`; `conflict` `service-retired`. */
export async function attachBackupSet(tx: Tx, origin: Origin, id: string, backupSet: string): Promise<void> {
  await lockServiceGraph(tx);
  await lockService(tx, id);
  if (!(await insertBackupSet(tx, id, backupSet))) return;
  await updateServiceRow(tx, id, {});
  await recordAudit(tx, {
    ...origin,
    action: 'service.attach-backup-set',
    subjectKind: 'service',
    subjectId: id,
    details: { backupSet },
  });
}

/**
 * Muster's own entry, which is made on the first start. What is there already stays as people have set it. Replicas may
 * race.
 * @throws AppError `unprocessable` `unsuitable-owner`; `conflict` `service-name-taken`.
 */
export async function ensureMusterService(
  tx: Tx,
  origin: Origin,
  wanted: { readonly ownerId: string; readonly maxProofAgeDays: number },
): Promise<Service> {
  await lockServiceGraph(tx);
  const found = await musterService(tx);
  if (found) return found;
  const entry = newServiceSchema.parse({ name: MUSTER_SERVICE_NAME, criticality: 'emergency', ...wanted });
  return addService(tx, origin, entry, true);
}

async function addService(tx: Tx, origin: Origin, wanted: NewService, system: boolean): Promise<Service> {
  const { dependencies, backupSets, requirements, ...columns } = wanted;
  const id = newId();
  const owner = await holdOwner(tx, wanted.ownerId, '#/ownerId');
  await insertService(tx, { id, ...columns, ownerKind: owner.kind, system });
  await replaceDependencies(tx, { id, name: wanted.name }, dependencies);
  await setBackupSets(tx, id, backupSets);
  await setRequirements(tx, id, requirements);
  await recordAudit(tx, {
    ...origin,
    action: 'service.create',
    subjectKind: 'service',
    subjectId: id,
    details: { ...wanted, system },
  });
  return serviceById(tx, id);
}

/** As many names as a message can hold. */
const NAMES_MAX = 5;

async function requireNotNeeded(tx: Tx, id: string, name: string): Promise<void> {
  const names = await namesOfDependents(tx, id, NAMES_MAX + 1);
  if (names.length === 0) return;
  const more = names.length > NAMES_MAX ? ' and more' : '';
  throw new AppError(
    'conflict',
    'service-still-needed',
    `${name} is still needed by ${names.slice(0, NAMES_MAX).join(', ')}${more}: change or retire those first`,
  );
}

function systemService(name: string, what: string): AppError {
  return new AppError('conflict', 'system-service', `${name} is this Muster itself: it ${what}`);
}
