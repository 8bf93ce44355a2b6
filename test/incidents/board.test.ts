import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { insertPerson } from '../../src/people/people.store.ts';
import { createPerson } from '../../src/people/person.service.ts';
import { createTeam } from '../../src/people/team.service.ts';
import { makeCaller as callerWithToken } from '../http/support.ts';
import { makeCaller } from '../people/cast.ts';
import { CONTACT, FACTS, late, MINUTE_MS, PASSED, useIncidents } from './support.ts';

const { database, get, go, handled, receive, register, server, teams } = useIncidents();

interface BoardItem {
  readonly id: string;
  readonly number: string;
  readonly stageSeconds: number;
  readonly nextClock: { readonly kind: string; readonly dueInSeconds: number; readonly isOverdue: boolean } | null;
}

const board = async (query = ''): Promise<readonly BoardItem[]> => (await get(`/incident-board${query}`)).items;
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

describe('the board of open incidents', () => {
  test('says how long each is in its stage, and which of its clocks runs out next', async () => {
    const service = await register.make({});
    const incident = await handled({ serviceId: service.id, ...late(Date.now() - 5 * MINUTE_MS) });
    await go(incident.id, ['sub-state', { subState: 'planning' }]);
    const [item] = await board(`?serviceId=${service.id}`);
    expect(item).toMatchObject({
      ...{ id: incident.id, number: incident.number, stage: 'handle', subState: 'planning', severity: 'emergency' },
      ...{ team: { id: teams.first.id }, service: { id: service.id }, overdue: 0 },
      nextClock: { kind: 'respond', isOverdue: false },
    });
    // Another part of the handling is no other stage.
    const { stageSeconds, stages } = await get(`/incidents/${incident.id}`);
    expect(stages.at(-1).seconds).toBeLessThan(stageSeconds.handle);
    expect(item?.stageSeconds).toBeGreaterThan(stages.at(-1).seconds);
    await go(incident.id, ['contacts', CONTACT]);
    expect((await board(`?serviceId=${service.id}`))[0]?.nextClock?.kind).toBe('update');
  });

  test('an incident says what is needed before it can be resolved', async () => {
    const { id } = await handled();
    const needed = async () => (await get(`/incidents/${id}`)).neededToResolve;
    expect(await needed()).toEqual(['contact', 'plan', 'recovery']);
    await go(id, ['contacts', CONTACT], ['plans', { text: 'Exchange the controller' }]);
    expect(await needed()).toEqual(['recovery']);
    await go(id, ['verifications', PASSED]);
    expect(await needed()).toEqual([]);
    const question = (await receive({ kind: 'question', severity: undefined })).body;
    expect(question.neededToResolve).toEqual(['contact']);
  });

  test('begins with what is overdue, and leaves out what does not fit or is closed', async () => {
    const service = await register.make({});
    const ofService = { serviceId: service.id };
    const fresh = (await receive({ ...ofService, title: 'Letters have no 100 % margin' })).body;
    const old = (await receive({ ...ofService, ...FACTS, ...late(Date.now() - 600 * MINUTE_MS) })).body;
    const all = await board(`?serviceId=${service.id}`);
    expect(idsOf(all)).toEqual([old.id, fresh.id]);
    expect(all[0]?.nextClock).toMatchObject({ isOverdue: true, dueInSeconds: expect.any(Number) });
    expect(all[0]?.nextClock?.dueInSeconds).toBeLessThan(0);
    expect(idsOf(await board(`?serviceId=${service.id}&q=0%20%25%20MARGIN`))).toEqual([fresh.id]);
    expect(idsOf(await board(`?q=${old.number.toLowerCase()}`))).toEqual([old.id]);
    expect(await board(`?serviceId=${service.id}&severity=general`)).toEqual([]);
  });

  test('of a person holds what they have, and what nobody of their team has taken on', async () => {
    const admin = await makeCaller(database.db);
    const reader = await callerWithToken(database.db, 'Board reader', ['viewer'], 'person');
    const personId = reader.principal.id;
    const mine = async () => {
      const answer = supertest(server.app).get('/api/v1/incident-board?mine=true');
      return idsOf((await answer.set('Authorization', reader.bearer)).body.items);
    };
    const team = await database.db.transaction(async (tx) => {
      await insertPerson(tx, { id: personId, email: 'board.reader@example.test', zone: null });
      return createTeam(tx, admin, { name: 'Board team', roles: [], members: [personId] });
    });
    const { id } = await handled();
    expect(await mine()).toEqual([]);
    await go(id, ['transfer', { teamId: team.id, reason: 'They know the array' }]);
    expect(await mine()).toEqual([id]);
    const other = await database.db.transaction((tx) =>
      createPerson(tx, admin, { name: 'Board colleague', email: 'colleague@example.test', zone: null, roles: [] }),
    );
    await go(id, ['transfer', { teamId: team.id, personId: other.id, reason: 'They have taken it on' }]);
    expect(await mine()).toEqual([]);
    await go(id, ['transfer', { teamId: teams.first.id, personId, reason: 'They stand by' }]);
    expect(await mine()).toEqual([id]);
  });
});
