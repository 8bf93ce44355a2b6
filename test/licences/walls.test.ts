import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { addLicenceKey, withdrawLicenceKey } from '../../src/licences/licence-key.service.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf, takeSeats, useKeyring } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const secrets = useKeyring();
const make = licencesOf(database);

/** Ids of what the attacks below are aimed at. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  const caller = await make.caller();
  const product = await make.product();
  const used = await make.entitlement({ productId: product.id });
  const [keyed, old] = [await make.entitlement(), await make.entitlement()];
  await takeSeats(database.db, used.id, 2);
  const retired = await make.product();
  const withdrawn = await database.db.transaction(async (tx) => {
    await tx.execute("UPDATE licence_product SET retired_at = now(), retired_reason = 'x' WHERE id = $1", [retired.id]);
    await tx.execute("UPDATE entitlement SET retired_at = now(), retired_reason = 'x' WHERE id = $1", [old.id]);
    const wanted = { entitlementId: keyed.id, seat: null, key: 'AAAA' };
    const first = await addLicenceKey(tx, caller, secrets.keyring, wanted);
    await withdrawLicenceKey(tx, caller, { id: first.id, expectedVersion: 1 }, 'x');
    ids.key = (await addLicenceKey(tx, caller, secrets.keyring, { ...wanted, key: 'BBBB' })).id;
    return first.id;
  });
  Object.assign(ids, {
    product: product.id,
    used: used.id,
    keyed: keyed.id,
    old: old.id,
    retiredProduct: retired.id,
    withdrawn,
    fresh: newId(),
    other: (await make.product()).id,
  });
});

const NEW_ENTITLEMENT = (columns: string, values: string, product = 'other') =>
  `INSERT INTO entitlement (id, product_id, name, metric, quantity, term, starts_on${columns})
   VALUES (:fresh, :${product}, 'x', 'core', 1${values})`;

const ATTACKS: readonly (readonly [title: string, sql: string, constraint: string])[] = [
  ['fewer seats than none', 'UPDATE entitlement SET quantity = -1 WHERE id = :used', 'entitlement_quantity'],
  ['a term without a last day', NEW_ENTITLEMENT('', ", 'term', '2026-01-01'"), 'entitlement_term_has_end'],
  [
    'a perpetual right with a last day',
    NEW_ENTITLEMENT(', ends_on', ", 'perpetual', '2026-01-01', '2027-01-01'"),
    'entitlement_term_has_end',
  ],
  [
    'an end before the start',
    NEW_ENTITLEMENT(', ends_on', ", 'term', '2026-01-01', '2025-01-01'"),
    'entitlement_ends_after_start',
  ],
  [
    'a cost without currency',
    NEW_ENTITLEMENT(', cost', ", 'perpetual', '2026-01-01', 12"),
    'entitlement_cost_with_currency',
  ],
  [
    'over-use without a bound',
    "UPDATE entitlement SET overuse = 'allow' WHERE id = :used",
    'entitlement_overuse_whole',
  ],
  [
    'an entitlement to a retired product',
    NEW_ENTITLEMENT('', ", 'perpetual', '2026-01-01'", 'retiredProduct'),
    'entitlement_product_in_use',
  ],
  [
    'an entitlement that goes to another product',
    'UPDATE entitlement SET product_id = :other WHERE id = :used',
    'entitlement_product_stays',
  ],
  [
    'retiring what people sit on',
    "UPDATE entitlement SET retired_at = now(), retired_reason = 'x' WHERE id = :used",
    'entitlement_retired_is_free',
  ],
  [
    'retiring a product with entitlements',
    "UPDATE licence_product SET retired_at = now(), retired_reason = 'x' WHERE id = :product",
    'licence_product_retired_is_free',
  ],
  [
    'retiring without a reason',
    'UPDATE entitlement SET retired_at = now() WHERE id = :keyed',
    'entitlement_retired_with_reason',
  ],
  [
    'bringing an entitlement back',
    'UPDATE entitlement SET retired_at = NULL, retired_reason = NULL WHERE id = :old',
    'entitlement_retired_is_final',
  ],
  [
    'a product twice',
    'INSERT INTO licence_product (id, vendor, name, product_version) SELECT :fresh, upper(vendor), name, product_version FROM licence_product WHERE id = :product',
    'licence_product_unique',
  ],
  [
    'a key in the clear',
    "INSERT INTO licence_key (id, entitlement_id, sealed) VALUES (:fresh, :used, 'AAAA-BBBB')",
    'licence_key_sealed',
  ],
  [
    'a second key of one seat',
    "INSERT INTO licence_key (id, entitlement_id, sealed) VALUES (:fresh, :keyed, 'mss1.x')",
    'licence_key_seat_unique',
  ],
  [
    'a key of a retired entitlement',
    "INSERT INTO licence_key (id, entitlement_id, sealed) VALUES (:fresh, :old, 'mss1.x')",
    'licence_key_entitlement_in_use',
  ],
  ['a key that is exchanged', "UPDATE licence_key SET sealed = 'mss1.x' WHERE id = :key", 'licence_key_stays'],
  ['a key that goes to another seat', "UPDATE licence_key SET seat = 'x' WHERE id = :key", 'licence_key_stays'],
  [
    'a key that comes back',
    'UPDATE licence_key SET withdrawn_at = NULL, withdrawn_reason = NULL WHERE id = :withdrawn',
    'licence_key_stays',
  ],
  [
    'a key that is withdrawn without a reason',
    'UPDATE licence_key SET withdrawn_at = now() WHERE id = :key',
    'licence_key_withdrawn_with_reason',
  ],
  ...['licence_product', 'entitlement', 'licence_key'].flatMap(
    (table) =>
      [
        [`deleting from ${table}`, `DELETE FROM ${table}`, `${table}_never_deleted`],
        [`emptying ${table}`, `TRUNCATE ${table} CASCADE`, '_never_deleted'],
      ] as const,
  ),
];

describe.each(['service', 'owner'] as const)('somebody with SQL as the %s', (role) => {
  test.each(ATTACKS)('is refused %s', async (_title, sql, constraint) => {
    const named = sql.replaceAll(/:(\w+)/g, (_match, name: string) => `'${ids[name]}'`);
    const failure = await runAs(database[role], named).then(
      () => undefined,
      (thrown: { constraint?: string; code?: string }) => thrown,
    );
    // What the service's role may not do at all has no constraint.
    if (role === 'service' && failure?.code === '42501') return;
    expect([failure?.code?.slice(0, 2), failure?.constraint]).toEqual(['23', expect.stringContaining(constraint)]);
  });
});
