import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { participationRoutes } from '../../src/people/participation.routes.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { auditOf } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';
import { staffOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({
  routes: [...peopleRoutes(), ...participationRoutes(), ...skillFieldRoutes()],
}));
const staff = staffOf(server);

const TRAINING = { kind: 'training', tookPlaceAt: '2026-01-10T01:00:00Z', validUntil: '2027-01-10T01:00:00Z' };

const correct = (id: string, body: object) => server.request('post', `/api/v1/participations/${id}/correct`).send(body);

describe('what somebody took part in', () => {
  test('is recorded with its field and its end, and listed', async () => {
    const { id } = await staff.person();
    const field = await staff.field();
    const made = await staff.add(`/persons/${id}/participations`, { ...TRAINING, fieldId: field.id });
    expect(made).toMatchObject({
      ...TRAINING,
      personId: id,
      field: { id: field.id, name: field.name },
      drillRunId: null,
      isWithdrawn: false,
      corrects: null,
      correctedById: null,
    });
    expect((await staff.read(`/persons/${id}/participations`)).items).toEqual([made]);
    expect(await auditOf(database.db, 'participation', made.id)).toMatchObject([
      { action: 'participation.record', details: { personId: id, kind: 'training' } },
    ]);
  });

  test('is recorded by an operator, who appears in the audit trail, and corrected by who administers people', async () => {
    const { id } = await staff.person();
    const operator = await makeCaller(database.db, `operator ${newId()}`, ['operator']);
    const viewer = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
    const record = (bearer: string) =>
      server.request('post', `/api/v1/persons/${id}/participations`).set('Authorization', bearer).send(TRAINING);
    expect((await record(viewer.bearer)).body.code).toBe('permission-missing');
    const made = await record(operator.bearer);
    expect(made.status).toBe(201);
    const [entry] = await auditOf(database.db, 'participation', made.body.id);
    expect(entry).toMatchObject({ action: 'participation.record', actor_id: operator.principal.id });
    const body = { reason: 'Was on leave', record: null };
    const correction = correct(made.body.id, body).set('Authorization', operator.bearer);
    expect((await correction).body.code).toBe('permission-missing');
  });

  test('is corrected once by a later record that says why; both stay readable', async () => {
    const { id } = await staff.person();
    const wrong = await staff.add(`/persons/${id}/participations`, TRAINING);
    const record = { ...TRAINING, kind: 'exercise', validUntil: null };
    const right = await correct(wrong.id, { reason: 'It was an exercise', record });
    expect([right.status, right.body]).toEqual([
      201,
      expect.objectContaining({ ...record, corrects: { id: wrong.id, reason: 'It was an exercise' } }),
    ]);
    expect((await correct(wrong.id, { reason: 'again', record })).body.code).toBe('participation-corrected');
    expect((await staff.read(`/persons/${id}/participations`)).items).toEqual([right.body]);
    const withdrawn = await correct(right.body.id, { reason: 'Was on leave', record: null });
    expect(withdrawn.body).toMatchObject({ kind: 'exercise', isWithdrawn: true });
    expect((await staff.read(`/persons/${id}/participations`)).items).toEqual([]);
    const all = (await staff.read(`/persons/${id}/participations?standing=all`)).items;
    expect(all.map((one: { correctedById: string | null }) => one.correctedById)).toEqual([
      right.body.id,
      withdrawn.body.id,
      null,
    ]);
  });

  test.each([
    ['ends before it took place', { validUntil: TRAINING.tookPlaceAt }, 400, '#/validUntil'],
    ['is a training with the run of a drill', { drillRunId: newId() }, 400, '#/drillRunId'],
    ['names a run that there is not', { kind: 'drill', drillRunId: newId() }, 422, '#/drillRunId'],
    ['names a field that there is not', { fieldId: newId() }, 422, '#/fieldId'],
    ['has not taken place', { tookPlaceAt: '2199-01-01T00:00:00Z', validUntil: null }, 422, '#/tookPlaceAt'],
  ])('is refused when it %s', async (_, more, status, field) => {
    const { id } = await staff.person();
    const answer = await server.request('post', `/api/v1/persons/${id}/participations`).send({ ...TRAINING, ...more });
    expect([answer.status, answer.body.fields?.[0]?.field]).toEqual([status, field]);
  });

  test('belongs to a person who is there', async () => {
    const answer = await server.request('post', `/api/v1/persons/${newId()}/participations`).send(TRAINING);
    expect([answer.status, answer.body.code]).toEqual([404, 'no-such-person']);
    expect((await correct(newId(), { reason: 'x', record: null })).body.code).toBe('no-such-participation');
  });

  test('is changed by nobody, nor corrected in the name of another person', async () => {
    const [one, other] = [await staff.person(), await staff.person()];
    const { id } = await staff.add(`/persons/${one.id}/participations`, TRAINING);
    await expect(runAs(database.owner, `UPDATE participation SET kind = 'drill' WHERE id = $1`, [id])).rejects.toThrow(
      /append-only/,
    );
    const stolen = runAs(
      database.service,
      `INSERT INTO participation (id, person_id, kind, took_place_at, corrects_id, reason)
       VALUES ($1, $2, 'training', now(), $3, 'x')`,
      [newId(), other.id, id],
    );
    await expect(stolen).rejects.toMatchObject({ constraint: 'participation_corrects_same_person' });
  });
});
