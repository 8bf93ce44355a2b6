import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createEntitlement, updateEntitlement } from '../../src/licences/entitlement.service.ts';
import { type EntitlementChange, type NewEntitlement, newEntitlementSchema } from '../../src/licences/entitlement.ts';
import { EntitlementEntity, LicenceKeyEntity, ProductEntity } from '../../src/licences/licence.entity.ts';
import { createProduct } from '../../src/licences/product.service.ts';
import { type NewProduct, newProductSchema } from '../../src/licences/product.ts';
import { createKeyring, type Keyring } from '../../src/secrets/keyring.ts';
import { makeCaller } from '../people/cast.ts';
import type { TestDatabase } from '../support/database.ts';

export const LICENCE_ENTITIES = [ProductEntity, EntitlementEntity, LicenceKeyEntity];

/** Key files of their own for a file's tests. Read the member inside tests only. */
export function useKeyring(): { readonly keyring: Keyring; another(): Promise<Keyring> } {
  let directory = '';
  let keyring: Keyring;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-licences-'));
    keyring = await createKeyring(join(directory, 'keys'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  return {
    get keyring() {
      return keyring;
    },
    another: () => createKeyring(join(directory, newId())),
  };
}

/** The licence pool as one caller, who may do everything, writes it. */
export function licencesOf(database: TestDatabase) {
  let caller: Promise<Caller> | undefined;
  const asCaller = () => {
    caller ??= makeCaller(database.db);
    return caller;
  };
  const make = {
    caller: asCaller,
    async product(wanted: Partial<NewProduct> = {}) {
      const by = await asCaller();
      const complete = newProductSchema.parse({ vendor: 'Example Systems', name: `product ${newId()}`, ...wanted });
      return database.db.transaction((tx) => createProduct(tx, by, complete));
    },
    async entitlement(wanted: Partial<NewEntitlement> = {}) {
      const by = await asCaller();
      const productId = wanted.productId ?? (await make.product()).id;
      const complete = newEntitlementSchema.parse({
        name: `entitlement ${newId()}`,
        metric: 'named-user',
        quantity: 10,
        startsOn: '2020-01-01',
        ...wanted,
        productId,
      });
      return (await database.db.transaction((tx) => createEntitlement(tx, by, complete))).entitlement;
    },
    async change(entitlement: { readonly id: string; readonly version: number }, change: EntitlementChange) {
      const by = await asCaller();
      const target = { id: entitlement.id, expectedVersion: entitlement.version };
      return database.db.transaction((tx) => updateEntitlement(tx, by, target, change));
    },
  };
  return make;
}

/** Puts seats into use, as rows of the ledger say it: handed out, or held for an hour. */
export async function takeSeats(
  db: Database,
  entitlementId: string,
  quantity: number,
  state: 'issued' | 'held' = 'issued',
): Promise<string> {
  const holder = await makeCaller(db);
  const lineId = newId();
  await db.transaction(async (tx) => {
    const allocationId = newId();
    await tx.execute(
      `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id)
       VALUES ($1, $2, 'loan', 'team', $3)`,
      [allocationId, state === 'issued' ? 'checkout' : 'hold', holder.principal.id],
    );
    await tx.execute(
      `INSERT INTO allocation_line (id, allocation_id, position, kind, entitlement_id, quantity, state, during,
         expires_at, issued_at, root_line_id)
       VALUES ($1, $2, 0, 'seat', $3, $4, $5,
         tstzrange(clock_timestamp(), CASE $5 WHEN 'held' THEN clock_timestamp() + interval '1 hour' ELSE 'infinity' END),
         CASE $5 WHEN 'held' THEN clock_timestamp() + interval '1 hour' END,
         CASE $5 WHEN 'issued' THEN clock_timestamp() END, $1)`,
      [lineId, allocationId, entitlementId, quantity, state],
    );
  });
  return lineId;
}
