import { describe, expect, test } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { routeViolations } from '../http/route-rules.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: allocateRoutes() }));
const counter = counterOf(database);
const CHECKOUTS = '/api/v1/checkouts';
const HOLDS = '/api/v1/holds';

describe('the counter over HTTP', () => {
  test('its routes keep the rules of the house', () => {
    expect(routeViolations(allocateRoutes())).toEqual([]);
  });

  test('a check-out is made, and read under its address', async () => {
    const unit = await counter.unit(await counter.part(), await counter.site());
    const body = { purpose: 'loan', holder: await counter.holder(), dueAt: inHours(5), lines: [{ unitId: unit }] };
    const made = await server.request('post', CHECKOUTS).send(body);
    expect([made.status, made.body.displaced, made.body.warnings]).toEqual([201, [], []]);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${CHECKOUTS}/${made.body.allocation.id}` });
    expect((await server.request('get', made.headers.location ?? '')).body).toEqual(made.body.allocation);
    expect((await server.request('get', `${HOLDS}/${made.body.allocation.id}`)).body).toMatchObject({
      status: 404,
      code: 'no-such-allocation',
    });
    const again = await server.request('post', CHECKOUTS).send(body);
    expect([again.status, again.body.fields[0].field]).toEqual([409, '#/lines/0']);
  });

  test('a hold must say when it ends', async () => {
    const unit = await counter.unit(await counter.part(), await counter.site());
    const body = { purpose: 'loan', holder: await counter.holder(), lines: [{ unitId: unit }] };
    expect((await server.request('post', HOLDS).send(body)).body).toMatchObject({
      status: 400,
      fields: [{ field: '#/expiresAt' }],
    });
    const made = await server.request('post', HOLDS).send({ ...body, expiresAt: inHours(2) });
    expect([made.status, made.body.allocation.form, made.headers.location]).toEqual([
      201,
      'hold',
      `${HOLDS}/${made.body.allocation.id}`,
    ]);
  });

  test('two clients with one Idempotency-Key make one check-out', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    await counter.stock(part, await counter.site(), 5);
    const body = { purpose: 'loan', holder: await counter.holder(), lines: [{ partId: part, quantity: 2 }] };
    const key = newId();
    const send = () => server.request('post', CHECKOUTS).set('Idempotency-Key', key).send(body);
    const first = await send();
    const second = await send();
    expect([second.status, second.body]).toEqual([201, first.body]);
  });

  test.each([
    ['purpose', 'party'],
    ['severity', 'emergency'],
    ['lines', []],
    ['lines', [{}]],
    ['lines', [{ partId: newId() }]],
    ['lines', [{ partId: newId(), quantity: 0 }]],
    ['lines', [{ unitId: newId(), quantity: 1 }]],
    ['holder', { kind: 'robot', id: newId() }],
    ['dueAt', 'tomorrow'],
  ])('a check-out with %s = %j is refused, naming the field', async (field, value) => {
    const body = { purpose: 'loan', holder: await counter.holder(), lines: [{ unitId: newId() }], [field]: value };
    const answer = await server.request('post', CHECKOUTS).send(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-body']);
    expect(answer.body.fields[0].field).toMatch(new RegExp(`^#/${field}`));
  });
});
