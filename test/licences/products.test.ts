import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { productsMatching } from '../../src/licences/product.queries.ts';
import { productRoutes } from '../../src/licences/product.routes.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const server = useApp(database, () => ({ routes: productRoutes() }));
const make = licencesOf(database);
const PRODUCTS = '/api/v1/licence-products';

const add = (body: object) => server.request('post', PRODUCTS).send(body);
const change = (id: string, version: number, body: object) =>
  server.request('patch', `${PRODUCTS}/${id}`).set('If-Match', `"${version}"`).send(body);
const retire = (id: string, version: number) =>
  server.request('post', `${PRODUCTS}/${id}/retire`).set('If-Match', `"${version}"`).send({ reason: 'replaced' });

describe('licensed products', () => {
  test('a product is added, read, changed and retired, and each is recorded', async () => {
    const made = await add({ vendor: 'Acme', name: 'Mail Server' });
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${PRODUCTS}/${made.body.id}` });
    expect(made.body).toMatchObject({ vendor: 'Acme', name: 'Mail Server', productVersion: null, retired: null });
    const { id } = made.body;
    expect((await server.request('get', `${PRODUCTS}/${id}`)).body).toEqual(made.body);
    expect((await change(id, 1, { productVersion: '8' })).body).toMatchObject({ productVersion: '8', version: 2 });
    expect((await change(id, 1, { productVersion: '9' })).body.code).toBe('stale-product');
    expect((await retire(id, 2)).body).toMatchObject({ version: 3, retired: { reason: 'replaced' } });
    expect((await change(id, 3, { name: 'x' })).body).toMatchObject({ status: 409, code: 'product-retired' });
    const actions = (await auditOf(database.db, 'licence-product', id)).map((line) => line.action);
    expect(actions).toEqual(['licence-product.create', 'licence-product.update', 'licence-product.retire']);
  });

  test('vendor, name and version together are one product, whatever the case', async () => {
    await make.product({ vendor: 'Acme', name: 'Office', productVersion: '1' });
    const twice = await add({ vendor: 'ACME', name: 'office', productVersion: '1' });
    expect([twice.status, twice.body.code, twice.body.fields[0].field]).toEqual([409, 'product-taken', '#/name']);
    expect((await add({ vendor: 'Acme', name: 'Office', productVersion: '2' })).status).toBe(201);
  });

  test('a product with an entitlement in use is not retired', async () => {
    const product = await make.product();
    await make.entitlement({ productId: product.id });
    const answer = await retire(product.id, 1);
    expect([answer.status, answer.body.code]).toEqual([409, 'product-still-entitled']);
    expect(answer.body.detail).toContain('has 1 entitlement in use');
  });

  test('the database too lets nobody change what is retired, or delete', async () => {
    const { id } = await make.product();
    await retire(id, 1);
    const rename = database.db.execute("UPDATE licence_product SET name = 'x' WHERE id = $1", [id]);
    await expect(rename).rejects.toThrow(/retired and changes no more/);
    await expect(runAs(database.owner, 'DELETE FROM licence_product WHERE id = $1', [id])).rejects.toThrow();
  });
});

describe('the list of products', () => {
  test('is searched and goes from page to page in its order', async () => {
    const vendor = `Vendor ${newId()}`;
    for (const name of ['pq-b', 'PQ-A', 'pq-c']) await make.product({ vendor, name });
    const { id } = await make.product({ vendor, name: 'pq-d' });
    await retire(id, 1);
    const seen: string[] = [];
    let after = '';
    do {
      const path = `${PRODUCTS}?vendor=${vendor}&sort=vendor&limit=2${after && `&after=${after}`}`;
      const page = await server.request('get', path);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { name: string }) => item.name));
      after = page.body.next;
    } while (after);
    expect(seen).toEqual(['PQ-A', 'pq-b', 'pq-c']);
    const found = await server.request('get', `${PRODUCTS}?q=PQ-&state=all&sort=-name&total=true`);
    expect(found.body.items.map((item: { name: string }) => item.name)).toEqual(['pq-d', 'pq-c', 'pq-b', 'PQ-A']);
    expect(found.body.total).toBe('4');
  });

  test('takes the wildcards of a search as they are', async () => {
    await make.product({ name: '100% sure' });
    await make.product({ name: '100 sure' });
    const found = await server.request('get', `${PRODUCTS}?q=${encodeURIComponent('100%')}`);
    expect(found.body.items.map((item: { name: string }) => item.name)).toEqual(['100% sure']);
  });

  test('refuses a pair of filter and order that no index carries', async () => {
    const answer = await server.request('get', `${PRODUCTS}?vendor=x&sort=name`);
    expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
  });
});

describe('the products that a text may mean', () => {
  test('are found by id, by name, and by vendor, name and version', async () => {
    const name = `Backup ${newId()}`;
    const one = await make.product({ vendor: 'North', name, productVersion: '1' });
    const two = await make.product({ vendor: 'North', name, productVersion: '2' });
    const ids = async (text: string) => (await productsMatching(database.db, text)).map((product) => product.id);
    expect(await ids(one.id)).toEqual([one.id]);
    expect(await ids(name)).toEqual([one.id, two.id]);
    expect(await ids(` ${name.toUpperCase()} `)).toEqual([one.id, two.id]);
    expect(await ids(`north ${name}`)).toEqual([one.id, two.id]);
    expect(await ids(`${name} 2`)).toEqual([two.id]);
    expect(await ids(`North ${name} 1`)).toEqual([one.id]);
    expect(await ids(`North ${name} 3`)).toEqual([]);
    expect(await ids(name.slice(0, -1))).toEqual([]);
    expect(await ids('%')).toEqual([]);
    expect(await ids('  ')).toEqual([]);
    await retire(two.id, 1);
    expect(await ids(name)).toEqual([one.id]);
    expect(await ids(two.id)).toEqual([two.id]);
  });

  test('the one that is meant in full goes before those of that name', async () => {
    const name = `Suite ${newId()}`;
    const whole = await make.product({ vendor: 'West', name });
    await make.product({ vendor: 'East', name: `West ${name}` });
    expect((await productsMatching(database.db, `West ${name}`)).map((product) => product.id)).toEqual([whole.id]);
  });
});
