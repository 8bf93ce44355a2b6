import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { auditOf } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';
import { staffOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({ routes: [...peopleRoutes(), ...profileRoutes(), ...skillFieldRoutes()] }));
const staff = staffOf(server);

const SINCE = '2025-01-01T00:00:00Z';
const CONTACTS = [
  { kind: 'mobile', value: '+86 21 5555 0100', note: 'only at night' },
  { kind: 'chat', value: '@duty', note: '' },
  { kind: 'mobile', value: '+86 21 5555 0101', note: '' },
];

const skillIn = (fieldId: string, more: object = {}) => ({ fieldId, level: 'skilled', since: SINCE, ...more });

describe('the profile of a person', () => {
  test('is empty at first, and then what was stated, in the stated order of contacts', async () => {
    const { id } = await staff.person();
    const field = await staff.field();
    const empty = { personId: id, contacts: [], functions: [], skills: [], leavesAt: null, version: 1 };
    expect(await staff.read(`/persons/${id}/profile`)).toEqual(empty);
    const change = { contacts: CONTACTS, functions: ['supervisor', 'service desk'], skills: [skillIn(field.id)] };
    const changed = await staff.change('patch', `/persons/${id}/profile`, 1, change);
    expect([changed.status, changed.headers.etag]).toEqual([200, '"2"']);
    expect(changed.body).toEqual({
      personId: id,
      contacts: CONTACTS,
      functions: ['service desk', 'supervisor'],
      skills: [
        { field: { id: field.id, name: field.name }, level: 'skilled', since: SINCE, validUntil: null, note: '' },
      ],
      leavesAt: null,
      version: 2,
    });
    expect(await staff.read(`/persons/${id}/profile`)).toEqual(changed.body);
  });

  test('changes in what a change names, under the version of the person', async () => {
    const { id } = await staff.person();
    await staff.change('patch', `/persons/${id}/profile`, 1, { contacts: CONTACTS, functions: ['supervisor'] });
    const leaving = await staff.change('patch', `/persons/${id}/profile`, 2, { leavesAt: '2027-01-01T08:00:00+08:00' });
    expect(leaving.body).toMatchObject({
      contacts: CONTACTS,
      functions: ['supervisor'],
      leavesAt: '2027-01-01T00:00:00Z',
    });
    expect((await staff.change('patch', `/persons/${id}/profile`, 2, { functions: [] })).status).toBe(412);
    expect((await staff.change('patch', `/persons/${id}`, 3, { zone: 'UTC' })).status).toBe(200);
    const emptied = await staff.change('patch', `/persons/${id}/profile`, 4, { contacts: [], leavesAt: null });
    expect(emptied.body).toMatchObject({ contacts: [], functions: ['supervisor'], leavesAt: null });
    expect((await staff.change('patch', `/persons/${newId()}/profile`, 1, { functions: [] })).body.code).toBe(
      'no-such-person',
    );
  });

  test('leaves nothing in the audit trail of a way of contact but its kind', async () => {
    const { id } = await staff.person();
    await staff.change('patch', `/persons/${id}/profile`, 1, { contacts: CONTACTS });
    const lines = await auditOf(database.db, 'person', id);
    expect(lines.at(-1)).toMatchObject({
      action: 'person.update-profile',
      details: { contacts: ['mobile', 'chat', 'mobile'] },
    });
    const everything = await runAs<{ text: string }>(
      database.superuser,
      'SELECT string_agg(details::text, chr(10)) AS text FROM audit_entry',
    );
    for (const { value, note } of CONTACTS) {
      expect(everything[0]?.text).not.toContain(value);
      if (note !== '') expect(everything[0]?.text).not.toContain(note);
    }
  });

  test.each([
    [
      'a skill that ends before it begins',
      { skills: [skillIn(newId(), { validUntil: SINCE })] },
      '#/skills/0/validUntil',
    ],
    ['a contact twice', { contacts: [CONTACTS[0], CONTACTS[0]] }, '#/contacts'],
    ['an unknown kind', { contacts: [{ kind: 'fax', value: '1' }] }, '#/contacts/0/kind'],
    ['an empty number', { contacts: [{ kind: 'phone', value: ' ' }] }, '#/contacts/0/value'],
    ['a role as a function', { functions: ['admin'] }, '#/functions/0'],
    ['a local time without zone', { leavesAt: '2027-01-01T08:00:00' }, '#/leavesAt'],
  ])('is refused %s', async (_, change, field) => {
    const { id } = await staff.person();
    const answer = await staff.change('patch', `/persons/${id}/profile`, 1, change);
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map((problem: { field: string }) => problem.field)).toContain(field);
  });

  test('is read by those who may read people, and changed by those who may write them', async () => {
    const { id } = await staff.person();
    const viewer = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
    const nobody = await makeCaller(database.db, `nobody ${newId()}`, []);
    const read = (bearer: string) =>
      supertest(server.app).get(`/api/v1/persons/${id}/profile`).set('Authorization', bearer);
    expect((await read(viewer.bearer)).status).toBe(200);
    expect((await read(nobody.bearer)).status).toBe(403);
    const change = supertest(server.app)
      .patch(`/api/v1/persons/${id}/profile`)
      .set({ Authorization: viewer.bearer, 'If-Match': '"1"' });
    expect((await change.send({ functions: [] })).status).toBe(403);
  });
});

describe('the catalogue of skills', () => {
  test('has each name once, whatever the case, and lists by name', async () => {
    const first = await staff.field('AAA network');
    const second = await staff.field('aaa storage');
    const twice = await server.request('post', '/api/v1/skill-fields').send({ name: 'Aaa Network' });
    expect([twice.status, twice.body.code]).toEqual([409, 'skill-field-name-taken']);
    const page = await staff.read('/skill-fields?limit=1');
    expect(page.items).toEqual([first]);
    expect((await staff.read(`/skill-fields?limit=1&after=${page.next}`)).items).toEqual([second]);
    const renamed = await staff.change('patch', `/skill-fields/${first.id}`, 1, { name: 'aaa networks' });
    expect(renamed.body).toMatchObject({ name: 'aaa networks', note: '', version: 2 });
    expect((await staff.change('patch', `/skill-fields/${second.id}`, 1, { name: 'AAA networks' })).body.code).toBe(
      'skill-field-name-taken',
    );
  });

  test('a retired field is kept by who is skilled in it, and gained by nobody', async () => {
    const field = await staff.field();
    const [skilled, other] = [await staff.person(), await staff.person()];
    await staff.change('patch', `/persons/${skilled.id}/profile`, 1, { skills: [skillIn(field.id)] });
    const retired = await staff.change('post', `/skill-fields/${field.id}/retire`, 1, { reason: 'Split in two' });
    expect(retired.body.retired.reason).toBe('Split in two');
    expect((await staff.change('patch', `/skill-fields/${field.id}`, 2, { note: 'x' })).body.code).toBe(
      'skill-field-retired',
    );
    const kept = await staff.change('patch', `/persons/${skilled.id}/profile`, 2, {
      skills: [skillIn(field.id, { level: 'expert' })],
    });
    expect(kept.body.skills).toMatchObject([{ field: { id: field.id }, level: 'expert' }]);
    for (const fieldId of [field.id, newId()]) {
      const gained = await staff.change('patch', `/persons/${other.id}/profile`, 1, { skills: [skillIn(fieldId)] });
      expect([gained.status, gained.body.code]).toEqual([422, 'unsuitable-skill-field']);
    }
    expect((await staff.read(`/persons/${other.id}/profile`)).version).toBe(1);
  });

  test('the database refuses by itself a skill in a retired field, and the end of a field', async () => {
    const field = await staff.field();
    const { id } = await staff.person();
    await staff.change('post', `/skill-fields/${field.id}/retire`, 1, { reason: 'Gone' });
    const gain = runAs(
      database.service,
      `INSERT INTO person_skill (person_id, field_id, level, since) VALUES ($1, $2, 'basic', now())`,
      [id, field.id],
    );
    await expect(gain).rejects.toMatchObject({ constraint: 'person_skill_field_in_use' });
    const removal = runAs(database.service, 'DELETE FROM skill_field WHERE id = $1', [field.id]);
    await expect(removal).rejects.toMatchObject({ constraint: 'skill_field_never_deleted' });
    const revival = runAs(database.service, 'UPDATE skill_field SET retired_at = NULL WHERE id = $1', [field.id]);
    await expect(revival).rejects.toMatchObject({ constraint: 'skill_field_retired_is_final' });
  });
});
