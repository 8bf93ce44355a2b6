import { describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/auth/system-caller.ts';
import { newId } from '../../src/kernel/ids.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { staffOf } from '../people/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { checked, exported, imported, linesOf, troublesOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({ routes: [...peopleRoutes(), ...profileRoutes(), ...skillFieldRoutes()] }));
const staff = staffOf(server);

const troubles = async (csv: string) => troublesOf(database.db, await checked(database.db, 'persons', csv));
const changes = async (csv: string) => {
  const lines = await linesOf(database.db, await imported(database.db, 'persons', csv));
  return lines.map((line) => line.changes);
};
const byEmail = async (email: string) => (await staff.read(`/persons?email=${email}&state=all`)).items[0];
const profile = ({ id }: { id: string }) => staff.read(`/persons/${id}/profile`);
const mail = () => `${newId()}@example.org`;

/** Names that a file uses: one field of skills, two teams. */
async function catalogue() {
  const field = await staff.field();
  const team = (name: string) => staff.add('/teams', { name, members: [], roles: [] });
  const [one, two] = [await team(`team ${newId()}`), await team(`team ${newId()}`)];
  return { field, one, two };
}

describe('a file of persons', () => {
  test('first says what each line would do, and changes nothing', async () => {
    const old = await staff.person();
    const fresh = mail();
    const found = await checked(
      database.db,
      'persons',
      `email,name\n${fresh},New ${fresh}\n${old.email},${old.name}\n`,
    );
    expect(found.counts).toEqual({ lines: 2, creates: 1, updates: 0, unchanged: 1, errors: 0 });
    expect(await byEmail(fresh)).toBeUndefined();
  });

  test('is carried out once: the same file again changes nothing', async () => {
    const { field, one, two } = await catalogue();
    const email = mail();
    const csv = `\uFEFFEmail;Name;Time zone;Roles;Functions;Contacts;Skills;Teams;Leaves
${email};"Quoted; ""name"" ${email}";Asia/Shanghai;viewer | operator;supervisor;mobile: +86 21 5555 0100 (only at night) | chat: @duty;${field.name}: expert from 2025-01-01 until 2028-01-01;${two.name} | ${one.name};2027-12-31
`;
    expect((await imported(database.db, 'persons', csv)).counts).toMatchObject({ creates: 1, errors: 0 });
    const person = await byEmail(email);
    const { name, zone, roles } = person;
    expect([name, zone, roles]).toEqual([`Quoted; "name" ${email}`, 'Asia/Shanghai', ['viewer', 'operator']]);
    expect(await profile(person)).toMatchObject({
      functions: ['supervisor'],
      contacts: [
        { kind: 'mobile', value: '+86 21 5555 0100', note: 'only at night' },
        { kind: 'chat', value: '@duty', note: '' },
      ],
      skills: [{ level: 'expert', since: '2024-12-31T16:00:00Z', validUntil: '2027-12-31T16:00:00Z' }],
      leavesAt: '2027-12-30T16:00:00Z',
    });
    for (const team of [one, two]) expect((await staff.read(`/teams/${team.id}`)).members).toEqual([person.id]);
    const acts = (await auditOf(database.db, 'person', person.id)).map(({ action }) => action);
    expect(acts).toEqual(['person.create', 'person.update-profile']);
    expect((await imported(database.db, 'persons', csv)).counts).toMatchObject({ unchanged: 1, updates: 0 });
    expect((await byEmail(email)).version).toBe(person.version);
  });

  test('leaves what a cell does not say, empties what it says with a hyphen, and keeps the note of a skill', async () => {
    const { field, one, two } = await catalogue();
    const person = await staff.person({ zone: 'UTC' });
    const skill = { fieldId: field.id, level: 'basic', since: '2026-01-01T00:00:00Z', note: 'Certificate 4711' };
    const until = { validUntil: '2027-01-01T10:30:00Z' };
    const contacts = [{ kind: 'mobile', value: '1' }];
    await staff.change('patch', `/persons/${person.id}/profile`, 1, { skills: [{ ...skill, ...until }], contacts });
    await staff.change('patch', `/teams/${one.id}`, 1, { members: [person.id] });
    const header = 'email,skills,contacts,teams';
    expect(await changes(`${header}\n${person.email.toUpperCase()},${field.name}: expert,,${two.name}`)).toEqual([
      [
        {
          field: 'skills',
          before: `${field.name}: basic from 2026-01-01 until 2027-01-01T10:30:00Z`,
          after: `${field.name}: expert from 2026-01-01 until 2027-01-01T10:30:00Z`,
        },
        { field: 'teams', before: one.name, after: two.name },
      ],
    ]);
    const skills = [{ ...until, level: 'expert', note: 'Certificate 4711' }];
    expect(await profile(person)).toMatchObject({ contacts: [{ value: '1' }], skills });
    await changes(`${header}\n${person.email},${field.name}: expert until never,-,-`);
    expect(await profile(person)).toMatchObject({ contacts: [], skills: [{ validUntil: null }] });
    expect((await staff.read(`/teams/${two.id}`)).members).toEqual([]);
    expect((await byEmail(person.email)).email).toBe(person.email);
  });

  test('that two apply at the same time makes each person once', async () => {
    const { one } = await catalogue();
    const emails = [mail(), mail()];
    const csv = `email,name,teams\n${emails.map((email) => `${email},Twin ${email},${one.name}`).join('\n')}`;
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => imported(database.db, 'persons', csv)));
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(['import-outdated', 'principal-name-taken', 'email-taken']).toContain(outcome.reason.code);
    }
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await staff.read(`/teams/${one.id}`)).members).toHaveLength(2);
  });

  test('comes back from its export as it is; whoever is disabled, and what a cell cannot say, is not in it', async () => {
    const { field, one } = await catalogue();
    const person = await staff.person({ zone: 'Europe/Berlin' });
    const gone = await staff.person();
    await staff.change('post', `/persons/${gone.id}/disable`, 1);
    const skills = [{ fieldId: field.id, level: 'skilled', since: '2026-03-28T23:00:00Z' }];
    const contacts = [{ kind: 'chat', value: '@duty', note: 'at night' }];
    await staff.change('patch', `/persons/${person.id}/profile`, 1, { skills, contacts, functions: ['supervisor'] });
    for (const value of ['this | or that', 'that (perhaps)']) {
      const silent = await staff.person();
      const only = [{ kind: 'chat', value }];
      await staff.change('patch', `/persons/${silent.id}/profile`, 1, { contacts: only });
    }
    await staff.change('patch', `/teams/${one.id}`, 1, { members: [person.id] });
    const file = await exported(database.db, 'persons');
    expect(file).toContain(
      `${person.email},${person.name},Europe/Berlin,,supervisor,chat: @duty (at night),${field.name}: skilled from 2026-03-29 until never,${one.name},\n`,
    );
    expect(file).not.toContain(gone.email);
    expect(file).not.toMatch(/or that|perhaps/);
    const again = await imported(database.db, 'persons', file);
    expect(await troublesOf(database.db, again)).toEqual([]);
    expect(again.counts).toMatchObject({ creates: 0, updates: 0 });
    expect(await exported(database.db, 'persons')).toBe(file);
  });
});

describe('a file of persons that is wrong', () => {
  const one = 'a@example.org';
  test.each([
    ['no address', 'email,name\nsomebody,x', '2 email: "somebody" Invalid email address'],
    ['an empty address', 'email,name\n,x', '2 email: must not be empty: it says which person is meant'],
    ['a line twice', `email,name\n${one},x\n\nA@example.org,y`, '4 email: is there twice, first in line 2'],
    ['a name twice', `email,name\n${one},x\nb@example.org,X`, '3 name: "X" is there twice, first in line 2'],
    ['nobody’s name', `email,zone\n${one},UTC`, '2 name: must be stated for somebody new'],
    [
      'an unknown role',
      `email,name,roles\n${one},x,operater`,
      '2 roles: there is no role "operater": did you mean operator?',
    ],
    ['a role as a function', `email,name,functions\n${one},x,admin`, '2 functions: there is no function "admin"'],
    ['no way of contact', `email,name,contacts\n${one},x,0100`, /^2 contacts: "0100" is no way of contact such as/],
    ['no skill', `email,name,skills\n${one},x,database`, /^2 skills: "database" is no skill such as/],
    ['a day that there is not', `email,name,leaves\n${one},x,2027-02-30`, /^2 leaves: "2027-02-30" is no day/],
    ['an unknown team', `email,name,teams\n${one},x,nobody`, '2 teams: there is no team "nobody": add it first'],
    [
      'no zone',
      `email,name,zone\n${one},x,Mars/Olympus`,
      '2 zone: "Mars/Olympus" is no time zone such as Asia/Shanghai',
    ],
    ['a name taken away', `email,name\n${one},-`, '2 name: "-" would take it away, which is not possible'],
  ])('names the line and the field with %s', async (_, csv, expected) => {
    expect(await troubles(csv)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected]);
  });

  test('names what is there already: a taken name, a disabled person, a retired field, a mistyped one', async () => {
    const { field } = await catalogue();
    const [person, gone, retired] = [await staff.person(), await staff.person(), await staff.field()];
    await staff.change('post', `/persons/${gone.id}/disable`, 1);
    await staff.change('post', `/skill-fields/${retired.id}/retire`, 1, { reason: 'x' });
    const typo = `${field.name.slice(0, -1)}_`;
    expect(
      await troubles(`email,name,skills
${mail()},${person.name.toUpperCase()},
${gone.email},,
${person.email},,${retired.name}: basic from 2026-01-01
${mail()},a ${newId()},${typo}: basic from 2026-01-01
${mail()},b ${newId()},${field.name}: basic
${mail()},c ${newId()},${field.name}: basic from 2026-01-02 until 2026-01-01`),
    ).toEqual([
      expect.stringMatching(/^2 name: .* is the name of another person, team or service account$/),
      expect.stringMatching(`^3 email: belongs to ${gone.name}, who is disabled`),
      `4 skills: the field ${retired.name} is retired`,
      expect.stringMatching(`^5 skills: .* did you mean ${field.name}\\?`),
      expect.stringMatching(/^6 skills: .* does not say since when/),
      `7 skills: ${field.name} ends before it begins`,
    ]);
  });

  test('does not put more members into a team than it may have', async () => {
    const { one: team } = await catalogue();
    const lines = Array.from({ length: 201 }, () => `${mail()},m ${newId()},${team.name}`);
    expect(await troubles(`email,name,teams\n${lines.join('\n')}`)).toEqual([
      `202 teams: ${team.name} would have 201 members, at most 200 are possible`,
    ]);
  });

  test('does not take the last administrator away, and says so before; another one may come in the same file', async () => {
    const [admin, next] = [mail(), mail()];
    const last = await makeCaller(database.db, `last ${newId()}`, ['admin'], 'person');
    const { id } = last.principal;
    await runAs(database.superuser, 'INSERT INTO person (id, email) VALUES ($1, $2)', [id, admin]);
    const others = (sql: string) =>
      runAs(database.superuser, `UPDATE principal SET disabled_at = ${sql} WHERE 'admin' = ANY (roles) AND id <> $1`, [
        id,
      ]);
    await others('now()');
    try {
      expect(await troubles(`email,roles\n${admin},viewer`)).toEqual([
        '2 roles: would take the last active administrator away: give somebody else the role admin first',
      ]);
      const swapped = `email,name,roles\n${admin},,viewer\n${next},Next ${next},admin`;
      expect((await imported(database.db, 'persons', swapped)).counts).toMatchObject({ creates: 1, updates: 1 });
    } finally {
      await others('NULL');
    }
    expect((await byEmail(next)).roles).toEqual(['admin']);
  });

  test('is judged by what its sender may do', async () => {
    const operator = await makeCaller(database.db, `operator ${newId()}`, ['operator']);
    const caller = { ...systemCaller('x'), principal: operator.principal };
    const found = await checked(database.db, 'persons', `email,name,roles\n${mail()},x ${newId()},admin`, { caller });
    expect(await troublesOf(database.db, found)).toEqual([
      '2 roles: you cannot give admin: it may do more than you may',
    ]);
  });
});
