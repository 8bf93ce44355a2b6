import type { Caller } from '../../src/auth/caller.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type NewService, newServiceSchema, type Service, type ServiceChange } from '../../src/services/service.ts';
import { createService, retireService, updateService } from '../../src/services/services.service.ts';
import { makeCaller } from '../people/cast.ts';
import type { TestDatabase } from '../support/database.ts';

/** The register as one caller, who also owns what it makes, writes it. */
export function registerOf(database: TestDatabase) {
  let caller: Promise<Caller> | undefined;
  const asCaller = () => {
    caller ??= makeCaller(database.db);
    return caller;
  };
  return {
    caller: asCaller,
    async make(wanted: Partial<NewService> = {}): Promise<Service> {
      const by = await asCaller();
      const complete = newServiceSchema.parse({
        name: `service ${newId()}`,
        criticality: 'important',
        ownerId: by.principal.id,
        maxProofAgeDays: 90,
        ...wanted,
      });
      return database.db.transaction((tx) => createService(tx, by, complete));
    },
    async change(service: Pick<Service, 'id' | 'version'>, change: ServiceChange): Promise<Service> {
      const by = await asCaller();
      const target = { id: service.id, expectedVersion: service.version };
      return database.db.transaction((tx) => updateService(tx, by, target, change));
    },
    async retire(service: Pick<Service, 'id' | 'version'>): Promise<Service> {
      const by = await asCaller();
      const target = { id: service.id, expectedVersion: service.version };
      return database.db.transaction((tx) => retireService(tx, by, target, 'no longer used'));
    },
  };
}
