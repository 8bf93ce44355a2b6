import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createToken } from '../../src/auth/token.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { makeCaller, type TestApp, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { auditOf } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';

const API = '/api/v1';

/** Adds something and answers what the server says about it. */
async function add(server: TestApp, path: string, body: object) {
  const answer = await server.request('post', API + path).send(body);
  expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
  return answer.body;
}

const addPerson = (server: TestApp, more: object = {}) =>
  add(server, '/persons', { name: `person ${newId()}`, email: `${newId()}@example.org`, ...more });

const change = (server: TestApp, path: string, version: number, body: object) =>
  server
    .request('patch', API + path)
    .set('If-Match', `"${version}"`)
    .send(body);

const act = (server: TestApp, path: string, version: number) =>
  server.request('post', API + path).set('If-Match', `"${version}"`);

describe('persons', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const server = useApp(database, () => ({ routes: peopleRoutes() }));

  test('are added with what is said about them, and found again', async () => {
    const body = { name: 'Duty technician', email: 'Duty@example.org', zone: 'Asia/Shanghai', roles: ['operator'] };
    const made = await server.request('post', `${API}/persons`).send(body);
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${API}/persons/${made.body.id}` });
    expect(made.body).toEqual({
      ...body,
      id: made.body.id,
      version: 1,
      disabledAt: null,
      createdAt: expect.any(String),
    });
    const read = await server.request('get', made.headers.location ?? '');
    expect([read.status, read.body]).toEqual([200, made.body]);
    expect(await auditOf(database.db, 'person', made.body.id)).toMatchObject([
      { action: 'person.create', actor_id: server.admin.principal.id, details: { email: 'Duty@example.org' } },
    ]);
  });

  test('change in what a change names', async () => {
    const person = await addPerson(server, { zone: 'UTC' });
    const renamed = await change(server, `/persons/${person.id}`, 1, { name: `new ${person.id}`, zone: null });
    expect(renamed.status).toBe(200);
    expect(renamed.headers.etag).toBe('"2"');
    expect(renamed.body).toEqual({ ...person, name: `new ${person.id}`, zone: null, version: 2 });
    const moved = await change(server, `/persons/${person.id}`, 2, { email: `${newId()}@example.org` });
    expect(moved.body).toMatchObject({ name: `new ${person.id}`, version: 3 });
  });

  test('are changed by those only who have read the newest version', async () => {
    const { id } = await addPerson(server);
    expect((await server.request('patch', `${API}/persons/${id}`).send({ zone: 'UTC' })).status).toBe(428);
    const outcomes = await Promise.all(
      ['UTC', 'Asia/Tokyo', null].map((zone) => change(server, `/persons/${id}`, 1, { zone })),
    );
    expect(outcomes.map((answer) => answer.status).toSorted()).toEqual([200, 412, 412]);
  });

  test('have names and addresses of their own, whatever the case', async () => {
    const { name, email } = await addPerson(server);
    const other = await addPerson(server);
    const twice = await server
      .request('post', `${API}/persons`)
      .send({ name: name.toUpperCase(), email: 'x@example.org' });
    expect([twice.status, twice.body.code]).toEqual([409, 'principal-name-taken']);
    expect(twice.body.fields).toEqual([{ field: '#/name', message: 'is taken' }]);
    const same = await server.request('post', `${API}/persons`).send({ name: newId(), email: email.toUpperCase() });
    expect([same.status, same.body.code, same.body.fields[0].field]).toEqual([409, 'email-taken', '#/email']);
    expect((await change(server, `/persons/${other.id}`, 1, { name })).body.code).toBe('principal-name-taken');
    expect((await change(server, `/persons/${other.id}`, 1, { email })).body.code).toBe('email-taken');
    expect((await server.request('get', `${API}/persons/${other.id}`)).body).toEqual(other);
  });

  test('are listed by name, page by page, filtered by state, team and address', async () => {
    const made = [];
    for (const name of ['zz-b', 'ZZ-A', 'zz-c']) made.push(await addPerson(server, { name }));
    const seen: string[] = [];
    let after = '';
    do {
      const page = await server.request('get', `${API}/persons?limit=2${after && `&after=${after}`}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { name: string }) => item.name));
      after = page.body.next;
    } while (after);
    expect(seen.slice(-3)).toEqual(['ZZ-A', 'zz-b', 'zz-c']);
    expect(new Set(seen).size).toBe(seen.length);
    const [b, a] = made;
    const team = await add(server, '/teams', { name: 'zz-team', members: [b.id, a.id] });
    const namesOf = async (query: string) =>
      (await server.request('get', `${API}/persons?${query}`)).body.items.map((item: { name: string }) => item.name);
    expect(await namesOf(`teamId=${team.id}`)).toEqual(['ZZ-A', 'zz-b']);
    expect(await namesOf(`email=${b.email.toUpperCase()}`)).toEqual(['zz-b']);
    await act(server, `/persons/${a.id}/disable`, 1);
    expect(await namesOf(`teamId=${team.id}`)).toEqual(['zz-b']);
    expect(await namesOf(`teamId=${team.id}&state=disabled`)).toEqual(['ZZ-A']);
    expect(await namesOf(`teamId=${team.id}&state=all`)).toEqual(['ZZ-A', 'zz-b']);
  });

  test('a team is no person, and an unknown id is none', async () => {
    const team = await add(server, '/teams', { name: 'not a person' });
    for (const id of [team.id, newId()]) {
      const answer = await server.request('get', `${API}/persons/${id}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'no-such-person']);
      expect((await change(server, `/persons/${id}`, 1, { name: 'x' })).body.code).toBe('no-such-person');
      expect((await act(server, `/persons/${id}/disable`, 1)).body.code).toBe('no-such-person');
    }
  });
});

describe('disabling', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const server = useApp(database, () => ({ routes: peopleRoutes() }));

  test('takes everything away and can be undone', async () => {
    const person = await addPerson(server, { roles: ['viewer'] });
    const disabled = await act(server, `/persons/${person.id}/disable`, 1);
    expect(disabled.body).toEqual({ ...person, version: 2, disabledAt: expect.any(String) });
    expect((await act(server, `/persons/${person.id}/disable`, 2)).body.code).toBe('already-disabled');
    const enabled = await act(server, `/persons/${person.id}/enable`, 2);
    expect(enabled.body).toEqual({ ...person, version: 3 });
    expect((await act(server, `/persons/${person.id}/enable`, 3)).body.code).toBe('already-active');
    expect((await auditOf(database.db, 'person', person.id)).map((line) => line.action)).toEqual([
      'person.create',
      'person.disable',
      'person.enable',
    ]);
  });

  test('stops the tokens of a service account within about a second, and enabling brings them back', async () => {
    const team = await add(server, '/teams', { name: 'owners' });
    const body = { name: 'robot', ownerId: team.id, purpose: 'tests', roles: ['viewer'] };
    const account = await add(server, '/service-accounts', body);
    const wanted = { principalId: account.id, name: 'its token', expiresAt: null };
    const { secret } = await database.db.transaction((tx) => createToken(tx, wanted, { actor: SYSTEM_ACTOR }));
    const status = async () =>
      (await supertest(server.app).get(`${API}/persons`).set('Authorization', `Bearer ${secret}`)).status;
    expect(await status()).toBe(200);
    await act(server, `/service-accounts/${account.id}/disable`, 1);
    await expect.poll(status, { timeout: 5000, interval: 100 }).toBe(401);
    await act(server, `/service-accounts/${account.id}/enable`, 2);
    expect(await status()).toBe(200);
  });
});

describe('teams and service accounts', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const server = useApp(database, () => ({ routes: peopleRoutes() }));

  test('a team has its members replaced as a whole', async () => {
    const persons = await Promise.all([addPerson(server), addPerson(server), addPerson(server)]);
    const [a, b, c] = persons.map((person) => person.id);
    const team = await add(server, '/teams', { name: 'Night shift', members: [a, b], roles: ['operator'] });
    const changed = await change(server, `/teams/${team.id}`, 1, { members: [c, b] });
    expect(changed.body).toEqual({ ...team, members: [b, c].toSorted(), version: 2 });
    const renamed = await change(server, `/teams/${team.id}`, 2, { name: 'Day shift' });
    expect(renamed.body.members).toEqual([b, c].toSorted());
    const emptied = await change(server, `/teams/${team.id}`, 3, { members: [] });
    expect(emptied.body.members).toEqual([]);
    expect((await server.request('get', `${API}/teams?memberId=${b}`)).body.items).toEqual([]);
  });

  test('who joins a team must be an active person; who is in it may be disabled', async () => {
    const person = await addPerson(server);
    const gone = await addPerson(server);
    const team = await add(server, '/teams', { name: 'mixed', members: [person.id, gone.id] });
    await act(server, `/persons/${gone.id}/disable`, 1);
    const kept = await change(server, `/teams/${team.id}`, 1, { members: [gone.id] });
    expect([kept.status, kept.body.members]).toEqual([200, [gone.id]]);
    for (const id of [newId(), team.id, server.admin.principal.id, gone.id]) {
      const body = { name: `joined by ${id}`, members: [person.id, id] };
      const answer = await server.request('post', `${API}/teams`).send(body);
      expect([answer.status, answer.body.code, answer.body.fields?.[0].field]).toEqual([
        422,
        'unsuitable-member',
        '#/members/1',
      ]);
    }
  });

  test('a service account is owned by an active person or team', async () => {
    const person = await addPerson(server);
    const team = await add(server, '/teams', { name: 'keepers' });
    const body = { name: 'nightly', ownerId: person.id, purpose: 'Runs the checks', roles: ['operator'] };
    const account = await add(server, '/service-accounts', body);
    expect(account.owner).toEqual({ id: person.id, kind: 'person', name: person.name });
    const handed = await change(server, `/service-accounts/${account.id}`, 1, { ownerId: team.id });
    expect(handed.body).toEqual({ ...account, owner: { id: team.id, kind: 'team', name: 'keepers' }, version: 2 });
    await act(server, `/persons/${person.id}/disable`, 1);
    for (const ownerId of [newId(), account.id, person.id]) {
      const answer = await server.request('post', `${API}/service-accounts`).send({ ...body, name: newId(), ownerId });
      expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-owner']);
    }
    const listed = await server.request('get', `${API}/service-accounts?ownerId=${team.id}`);
    expect(listed.body.items).toEqual([handed.body]);
  });
});

describe('roles', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const server = useApp(database, () => ({ routes: peopleRoutes() }));

  test('without people.write nobody adds or changes anybody', async () => {
    const person = await addPerson(server);
    const viewer = await makeCaller(database.db, 'viewer', ['viewer']);
    const as = (method: 'get' | 'post' | 'patch', path: string) =>
      supertest(server.app)
        [method](API + path)
        .set('Authorization', viewer.bearer)
        .set('If-Match', '"1"');
    expect((await as('get', '/persons')).status).toBe(200);
    expect((await as('post', '/persons').send({ name: 'x', email: 'x@example.org' })).status).toBe(403);
    expect((await as('patch', `/persons/${person.id}`).send({ roles: ['admin'] })).status).toBe(403);
    expect((await as('post', `/persons/${person.id}/disable`)).status).toBe(403);
    expect((await supertest(server.app).get(`${API}/persons`)).status).toBe(401);
  });
});
