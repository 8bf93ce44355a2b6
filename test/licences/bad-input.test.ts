import { expect, test } from 'vitest';
import { entitlementRoutes } from '../../src/licences/entitlement.routes.ts';
import { expiryRoutes } from '../../src/licences/expiry.routes.ts';
import { licenceKeyRoutes } from '../../src/licences/licence-key.routes.ts';
import { productRoutes } from '../../src/licences/product.routes.ts';
import { noticeRoutes } from '../../src/notices/notices.routes.ts';
import { sendBadInput } from '../http/bad-input.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf, useKeyring } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const secrets = useKeyring();
const make = licencesOf(database);
const server = useApp(database, () => ({
  routes: [
    ...productRoutes(),
    ...entitlementRoutes(),
    ...expiryRoutes(),
    ...licenceKeyRoutes({ keyring: secrets.keyring }),
    ...noticeRoutes(),
  ],
}));

test('whatever is wrong with a request, the answer names the field and is never a 5xx', async () => {
  const powerless = await makeCaller(database.db, 'powerless', []);
  const ids = { allowed: server.admin.bearer, powerless: powerless.bearer };
  const groups = [
    { routes: productRoutes(), known: { id: (await make.product()).id } },
    { routes: [...entitlementRoutes(), ...expiryRoutes()], known: { id: (await make.entitlement()).id } },
    { routes: licenceKeyRoutes({ keyring: secrets.keyring }), known: {} },
    { routes: noticeRoutes(), known: {} },
  ];
  for (const { routes, known } of groups) {
    const { failures, sent } = await sendBadInput(server.app, routes, ids, known);
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(routes.length * 20);
  }
}, 120_000);
