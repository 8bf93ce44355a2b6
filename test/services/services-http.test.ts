import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureTeam } from '../../src/people/team.service.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { serviceRoutes } from '../../src/services/services.routes.ts';
import { ensureMusterService } from '../../src/services/services.service.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase([ServiceEntity, ...PEOPLE_ENTITIES]);
const server = useApp(database, () => ({ routes: serviceRoutes() }));
const SERVICES = '/api/v1/services';
const origin = { actor: SYSTEM_ACTOR };

let ownerId = '';
beforeAll(async () => {
  const team = await database.db.transaction((tx) => ensureTeam(tx, origin, { name: 'Operations', roles: [] }));
  ownerId = team.id;
});

const minimal = (more: object = {}) => ({
  name: `service ${newId()}`,
  criticality: 'important',
  ownerId,
  maxProofAgeDays: 90,
  ...more,
});

async function add(more: object = {}) {
  const answer = await server.request('post', SERVICES).send(minimal(more));
  expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
  return answer.body;
}

const change = (id: string, version: number, body: object) =>
  server.request('patch', `${SERVICES}/${id}`).set('If-Match', `"${version}"`).send(body);

const retire = (id: string, version: number) =>
  server.request('post', `${SERVICES}/${id}/retire`).set('If-Match', `"${version}"`).send({ reason: 'replaced' });

describe('the service register over HTTP', () => {
  test('a service needs little, and says what it does not know', async () => {
    const body = minimal({ name: 'Mail' });
    const made = await server.request('post', SERVICES).send(body);
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${SERVICES}/${made.body.id}` });
    expect(made.body).toEqual({
      id: made.body.id,
      name: 'Mail',
      criticality: 'important',
      owner: { id: ownerId, kind: 'team', name: 'Operations' },
      customer: '',
      dependencies: [],
      backupSets: [],
      requirements: { spares: [], seats: [], skills: [] },
      requirementsCheck: 'none declared',
      maxProofAgeDays: 90,
      system: false,
      retired: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await server.request('get', made.headers.location ?? '')).body).toEqual(made.body);
  });

  test('declared requirements are never said to be met', async () => {
    const requirements = { spares: [{ part: 'PSU-750W', quantity: 2 }], seats: [], skills: [] };
    const service = await add({ requirements });
    expect(service).toMatchObject({ requirements, requirementsCheck: 'see coverage' });
  });

  test('a change names the version that was read', async () => {
    const { id } = await add();
    expect((await server.request('patch', `${SERVICES}/${id}`).send({ customer: 'x' })).status).toBe(428);
    expect((await change(id, 1, { customer: 'x' })).body).toMatchObject({ customer: 'x', version: 2 });
    const stale = await change(id, 1, { customer: 'y' });
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-service']);
  });

  test('a cycle is refused with its services named', async () => {
    const a = await add({ name: 'Directory' });
    const b = await add({ name: 'Gateway', dependencies: [a.id] });
    const answer = await change(a.id, 1, { dependencies: [b.id] });
    expect([answer.status, answer.body.code]).toEqual([422, 'dependency-cycle']);
    expect(answer.body.detail).toBe('Directory would depend on itself: Directory > Gateway > Directory');
    expect(answer.body.fields[0].field).toBe('#/dependencies/0');
  });

  test('a service that is needed is not retired; one that is not needed is', async () => {
    const base = await add({ name: 'Storage' });
    const upper = await add({ name: 'Archive', dependencies: [base.id] });
    expect((await retire(base.id, 1)).body).toMatchObject({ status: 409, code: 'service-still-needed' });
    const retired = await retire(upper.id, 1);
    expect([retired.status, retired.body.retired.reason]).toEqual([200, 'replaced']);
    expect((await change(upper.id, 2, { customer: 'x' })).body.code).toBe('service-retired');
    const listed = await server.request('get', `${SERVICES}?state=retired`);
    expect(listed.body.items).toEqual([retired.body]);
    expect((await server.request('delete', `${SERVICES}/${base.id}`)).status).toBe(405);
  });

  test('Muster itself is there, and stays', async () => {
    const { id, version } = await database.db.transaction((tx) =>
      ensureMusterService(tx, origin, { ownerId, maxProofAgeDays: 8 }),
    );
    const read = await server.request('get', `${SERVICES}/${id}`);
    expect(read.body).toMatchObject({ name: 'Muster', system: true, criticality: 'emergency' });
    expect((await retire(id, version)).body).toMatchObject({ status: 409, code: 'system-service' });
    expect((await change(id, version, { name: 'Other' })).body.code).toBe('system-service');
  });

  test('a list goes from page to page, with filters', async () => {
    const backupSet = newId();
    for (const name of ['pq-b', 'PQ-A', 'pq-c']) await add({ name, backupSets: [backupSet], criticality: 'general' });
    const seen: string[] = [];
    let after = '';
    do {
      const path = `${SERVICES}?backupSet=${backupSet}&criticality=general&limit=2${after && `&after=${after}`}`;
      const page = await server.request('get', path);
      seen.push(...page.body.items.map((item: { name: string }) => item.name));
      after = page.body.next;
    } while (after);
    expect(seen).toEqual(['PQ-A', 'pq-b', 'pq-c']);
  });

  test.each([
    ['name', ''],
    ['name', 'two\nlines'],
    ['criticality', 'urgent'],
    ['ownerId', 'me'],
    ['maxProofAgeDays', 0],
    ['maxProofAgeDays', 3661],
    ['maxProofAgeDays', null],
    ['dependencies', ['x']],
    ['requirements', { spares: [] }],
    ['requirements', { spares: [{ part: 'a', quantity: 0 }], seats: [], skills: [] }],
    ['requirements', { spares: [], seats: [], skills: ['a', 'A'] }],
    ['system', true],
  ])('a service with %s = %j is refused, naming the field', async (field, value) => {
    for (const answer of [
      await server.request('post', SERVICES).send(minimal({ [field]: value })),
      await change(newId(), 1, { [field]: value }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.fields[0].field).toMatch(new RegExp(`^#/${field}`));
    }
  });

  test('reading and writing are permissions of their own', async () => {
    const viewer = await makeCaller(database.db, 'viewer', ['viewer']);
    const as = (method: 'get' | 'post') => supertest(server.app)[method](SERVICES).set('Authorization', viewer.bearer);
    expect((await as('get')).status).toBe(200);
    expect((await as('post').send(minimal())).status).toBe(403);
    expect((await supertest(server.app).get(SERVICES)).status).toBe(401);
  });
});
