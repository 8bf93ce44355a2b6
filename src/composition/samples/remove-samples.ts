import { rm } from 'node:fs/promises';
import type { Caller } from '../../auth/caller.ts';
import { backupSetByName } from '../../backups/backup-set.queries.ts';
import { retireRepository } from '../../backups/external/repository.service.ts';
import { retireBackupSet } from '../../backups/external/set.service.ts';
import { repositoryById } from '../../backups/repository.queries.ts';
import type { Tx } from '../../database/database.ts';
import { retireCategory } from '../../inventory/category.service.ts';
import { retireLocation } from '../../inventory/location.service.ts';
import { scrap } from '../../inventory/movement.service.ts';
import { retirePart } from '../../inventory/part.service.ts';
import { retireEntitlement } from '../../licences/entitlement.service.ts';
import { retireProduct } from '../../licences/product.service.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { serviceByName } from '../../services/service.queries.ts';
import { retireService } from '../../services/services.service.ts';
import type { Dependencies } from '../dependencies.ts';
import { sampleStock } from './sample.queries.ts';
import { SAMPLE_SERVICES, SAMPLE_SETS } from './sample-names.ts';
import { samplePlacesIn } from './sample-places.ts';

const REASON = 'Sample data is not needed any more';

/**
 * Takes the samples away for good: services, backup sets, repository, spare and seats are retired, since evidence and ledger
 * name them, and what lies in the data directory is removed. They do not come back.
 * @returns how many services and backup sets were retired; 0: there were no samples.
 * @throws AppError `conflict` when something of them is in use: by a check-out, a hold, a service of another name.
 */
export async function removeSamples({ runtime, queue }: Dependencies, caller: Caller): Promise<number> {
  const { db, directories } = runtime;
  const removed = await db.transaction(async (tx) => {
    const services = await retireServices(tx, caller);
    const sets = await retireSets(tx, caller, queue);
    await retireStock(tx, caller);
    return services + sets;
  });
  await rm(samplePlacesIn(directories.data).home, { recursive: true, force: true });
  return removed;
}

async function retireServices(tx: Tx, caller: Caller): Promise<number> {
  let count = 0;
  for (const name of Object.values(SAMPLE_SERVICES)) {
    const service = await serviceByName(tx, name);
    if (service === undefined || service.retired !== null) continue;
    await retireService(tx, caller, { id: service.id, expectedVersion: service.version }, REASON);
    count += 1;
  }
  return count;
}

async function retireSets(tx: Tx, caller: Caller, queue: JobQueue): Promise<number> {
  const repositories = new Set<string>();
  let count = 0;
  for (const name of Object.values(SAMPLE_SETS)) {
    const set = await backupSetByName(tx, name);
    if (set === undefined || set.retired !== undefined) continue;
    await retireBackupSet(tx, caller, queue, { id: set.id, expectedVersion: set.version }, REASON);
    repositories.add(set.repositoryId);
    count += 1;
  }
  for (const id of repositories) {
    const { version } = await repositoryById(tx, id);
    await retireRepository(tx, caller, { id, expectedVersion: version }, REASON);
  }
  return count;
}

/** The unit is written off; what describes it, and the seats, are retired. */
async function retireStock(tx: Tx, caller: Caller): Promise<void> {
  const { unitIds } = await sampleStock(tx);
  if (unitIds.length > 0) {
    const lines = unitIds.map((unitId) => ({ kind: 'unit' as const, unitId }));
    await scrap(tx, caller, { lines, reason: REASON });
  }
  const { part, category, location, entitlement, product } = await sampleStock(tx);
  if (part) await retirePart(tx, caller, part, REASON);
  if (category) await retireCategory(tx, caller, category, REASON);
  if (location) await retireLocation(tx, caller, location, REASON);
  if (entitlement) await retireEntitlement(tx, caller, entitlement, REASON);
  if (product) await retireProduct(tx, caller, product, REASON);
}
