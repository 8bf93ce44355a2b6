import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { personImportRoutes } from '../../src/people/person-import.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { auditOf } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';
import { staffOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({
  routes: [...peopleRoutes(), ...personImportRoutes(), ...profileRoutes(), ...skillFieldRoutes()],
}));
const staff = staffOf(server);

const send = (csv: string, apply = false) => server.request('post', '/api/v1/persons/import').send({ csv, apply });
const apply = async (csv: string) => {
  const answer = await send(csv, true);
  expect([answer.status, answer.body.fields]).toEqual([200, undefined]);
  return answer.body;
};
const problemsOf = async (csv: string) => (await send(csv)).body.problems;
const byEmail = async (email: string) => (await staff.read(`/persons?email=${email}&state=all`)).items[0];
const mail = () => `${newId()}@example.org`;

/** Names that a file uses: one field of skills, two teams. */
async function catalogue() {
  const field = await staff.field();
  const team = (name: string) => staff.add('/teams', { name, members: [], roles: [] });
  const [one, two] = [await team(`team ${newId()}`), await team(`team ${newId()}`)];
  return { field, one, two };
}

describe('an import of persons', () => {
  test('first says what each line would do, and changes nothing', async () => {
    const { field, one } = await catalogue();
    const [fresh, old] = [mail(), await staff.person()];
    const csv = `email,name,skills,teams\r\n${fresh},New ${fresh},${field.name}: expert from 2026-01-01,${one.name}\r\n${old.email},${old.name},,\r\n`;
    const { body } = await send(csv);
    expect(body).toMatchObject({ isApplied: false, created: 1, changed: 0, unchanged: 1, refused: 0, problems: [] });
    expect(body.lines).toEqual([
      {
        ...{ line: 2, email: fresh, name: `New ${fresh}`, outcome: 'create' },
        changes: [
          { column: 'name', before: '', after: `New ${fresh}` },
          { column: 'skills', before: '', after: `${field.name}: expert from 2026-01-01 until never` },
          { column: 'teams', before: '', after: one.name },
        ],
      },
      { line: 3, email: old.email, name: old.name, outcome: 'unchanged', changes: [] },
    ]);
    expect(await byEmail(fresh)).toBeUndefined();
  });

  test('then does it, once: the same file again changes nothing', async () => {
    const { field, one, two } = await catalogue();
    const email = mail();
    const csv = `\uFEFFEmail;Name;Zone;Roles;Functions;Contacts;Skills;Teams;Leaves
${email};"Quoted; ""name"" ${email}";Asia/Shanghai;viewer | operator;supervisor;mobile: +86 21 5555 0100 (only at night) | chat: @duty;${field.name}: expert from 2025-01-01 until 2028-01-01;${two.name} | ${one.name};2027-12-31
`;
    expect(await apply(csv)).toMatchObject({ isApplied: true, created: 1 });
    const person = await byEmail(email);
    expect(person).toMatchObject({
      name: `Quoted; "name" ${email}`,
      zone: 'Asia/Shanghai',
      roles: ['viewer', 'operator'],
    });
    expect(await staff.read(`/persons/${person.id}/profile`)).toMatchObject({
      functions: ['supervisor'],
      contacts: [
        { kind: 'mobile', value: '+86 21 5555 0100', note: 'only at night' },
        { kind: 'chat', value: '@duty', note: '' },
      ],
      skills: [
        {
          field: { id: field.id },
          level: 'expert',
          since: '2024-12-31T16:00:00Z',
          validUntil: '2027-12-31T16:00:00Z',
        },
      ],
      leavesAt: '2027-12-30T16:00:00Z',
    });
    for (const team of [one, two]) expect((await staff.read(`/teams/${team.id}`)).members).toEqual([person.id]);
    expect((await auditOf(database.db, 'person', person.id)).map(({ action }) => action)).toEqual([
      'person.create',
      'person.update-profile',
    ]);
    expect((await auditOf(database.db, 'team', one.id)).at(-1)).toMatchObject({ action: 'team.update' });
    expect(await apply(csv)).toMatchObject({ isApplied: false, unchanged: 1, lines: [{ outcome: 'unchanged' }] });
    expect((await byEmail(email)).version).toBe(person.version);
  });

  test('leaves what a cell does not say, empties what it says with a hyphen, and keeps the note of a skill', async () => {
    const { field, one, two } = await catalogue();
    const person = await staff.person({ zone: 'UTC' });
    const skill = { fieldId: field.id, level: 'basic', since: '2026-01-01T00:00:00Z', note: 'Certificate 4711' };
    const contacts = [{ kind: 'mobile', value: '1' }];
    const until = { validUntil: '2027-01-01T10:30:00Z' };
    await staff.change('patch', `/persons/${person.id}/profile`, 1, { skills: [{ ...skill, ...until }], contacts });
    await staff.change('patch', `/teams/${one.id}`, 1, { members: [person.id] });
    const header = 'email,skills,contacts,teams';
    const changed = await apply(`${header}\n${person.email.toUpperCase()},${field.name}: expert,,${two.name}`);
    expect(changed.lines[0].changes).toEqual([
      {
        column: 'skills',
        before: `${field.name}: basic from 2026-01-01 until 2027-01-01T10:30:00Z`,
        after: `${field.name}: expert from 2026-01-01 until 2027-01-01T10:30:00Z`,
      },
      { column: 'teams', before: one.name, after: two.name },
    ]);
    const read = () => staff.read(`/persons/${person.id}/profile`);
    expect(await read()).toMatchObject({
      contacts: [{ value: '1' }],
      skills: [{ ...until, note: 'Certificate 4711' }],
    });
    expect((await staff.read(`/teams/${one.id}`)).members).toEqual([]);
    await apply(`${header}\n${person.email},${field.name}: expert until never,-,-`);
    expect(await read()).toMatchObject({ contacts: [], skills: [{ level: 'expert', validUntil: null }] });
    expect((await staff.read(`/teams/${two.id}`)).members).toEqual([]);
    expect((await byEmail(person.email)).email).toBe(person.email);
  });

  test('takes what looks like a formula as the text that it is', async () => {
    const email = mail();
    const name = `=HYPERLINK("http://example.org/${email}")`;
    await apply(`email,name,contacts\n${email},"${name.replaceAll('"', '""')}",mobile: +1+cmd|chat: @SUM(1)`);
    const person = await byEmail(email);
    expect(person.name).toBe(name);
    const { contacts } = await staff.read(`/persons/${person.id}/profile`);
    expect(contacts.map(({ value }: { value: string }) => value)).toEqual(['+1+cmd', '@SUM(1)']);
  });

  test('does all or nothing: one wrong line stops every other', async () => {
    const [good, bad] = [mail(), mail()];
    const answer = await send(`email,name,zone\n${good},Good ${good},UTC\n${bad},Bad ${bad},Mars/Olympus`, true);
    expect([answer.status, answer.body.code]).toEqual([422, 'person-lines-invalid']);
    expect(answer.body.fields).toEqual([
      { field: '#/csv', message: 'line 3, zone: "Mars/Olympus" is no time zone such as Asia/Shanghai' },
    ]);
    expect(await byEmail(good)).toBeUndefined();
  });

  test('that two send at the same time makes each person once', async () => {
    const { one } = await catalogue();
    const emails = [mail(), mail()];
    const csv = `email,name,teams\n${emails.map((email) => `${email},Twin ${email},${one.name}`).join('\n')}`;
    const answers = await Promise.all([send(csv, true), send(csv, true), send(csv, true)]);
    const codes = answers.map(({ status, body }) => body.code ?? status);
    expect(codes.filter((code) => code === 200).length).toBeGreaterThan(0);
    for (const code of codes) expect([200, 'principal-name-taken', 'email-taken']).toContain(code);
    expect((await staff.read(`/teams/${one.id}`)).members).toHaveLength(2);
  });

  test('is for those who write people', async () => {
    const viewer = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
    expect((await send('email\nx').set('Authorization', viewer.bearer)).status).toBe(403);
  });
});

describe('a file of persons that is wrong', () => {
  test.each([
    ['an unknown column', 'e-mail,nmae\nx,y', [1, 'e-mail', 'did you mean email?'], [1, 'nmae', 'did you mean name?']],
    ['a column twice', 'email,name,Name\nx,y,z', [1, 'Name', 'is there twice']],
    ['no column email', 'name\nx', [1, 'email', 'is missing']],
    ['no lines', 'email,name\n\n , \n', [1, null, 'no line behind']],
    ['too few values', 'email,name\na@example.org', [2, null, 'has 1 values, not 2']],
    ['no address', 'email,name\nsomebody,x', [2, 'email', '"somebody" is no e-mail address']],
    ['an empty address', 'email,name\n,x', [2, 'email', 'must not be empty']],
    ['a line twice', 'email,name\na@example.org,x\n\nA@example.org,x', [4, 'email', 'first in line 2']],
    [
      'a name twice',
      'email,name\na@example.org,x\nb@example.org,X',
      [3, 'name', '"X" is there twice, first in line 2'],
    ],
    ['nobody’s name', 'email,zone\na@example.org,UTC', [2, 'name', 'must be stated for somebody new']],
    ['a name of two lines', 'email,name,zone\na@example.org,"x\ny",UTC', [2, 'name', 'must be one line']],
    ['an unknown role', 'email,name,roles\na@example.org,x,operater', [2, 'roles', 'did you mean operator?']],
    ['a role as a function', 'email,name,functions\na@example.org,x,admin', [2, 'functions', 'no function "admin"']],
    ['no way of contact', 'email,name,contacts\na@example.org,x,0100', [2, 'contacts', 'is no way of contact such as']],
    ['an unknown kind', 'email,name,contacts\na@example.org,x,fax: 1', [2, 'contacts', 'Kinds are phone, mobile']],
    ['no skill', 'email,name,skills\na@example.org,x,database', [2, 'skills', 'is no skill such as']],
    [
      'a day that there is not',
      'email,name,leaves\na@example.org,x,2027-02-30',
      [2, 'leaves', '"2027-02-30" is no day'],
    ],
    [
      'an unknown team',
      'email,name,teams\na@example.org,x,nobody',
      [2, 'teams', 'there is no team "nobody": add it first'],
    ],
    ['a quote that is not closed', 'email,name\na@example.org,"x\n', [2, null, 'Quote Not Closed']],
  ] as [string, string, ...[number, string | null, string][]][])(
    'names the line and the column with %s',
    async (_, csv, ...expected) => {
      expect(await problemsOf(csv)).toEqual(
        expected.map(([line, column, message]) => ({ line, column, message: expect.stringContaining(message) })),
      );
    },
  );

  test('names what is there already: a taken name, a disabled person, a retired field, a mistyped one', async () => {
    const { field, one } = await catalogue();
    const person = await staff.person();
    const gone = await staff.person();
    await staff.change('post', `/persons/${gone.id}/disable`, 1);
    const retired = await staff.field();
    await staff.change('post', `/skill-fields/${retired.id}/retire`, 1, { reason: 'x' });
    const typo = `${field.name.slice(0, -1)}_`;
    const csv = `email,name,skills,teams
${mail()},${person.name.toUpperCase()},,
${gone.email},,,
${person.email},,${retired.name}: basic from 2026-01-01,
${mail()},a ${newId()},${typo}: basic from 2026-01-01,${one.name}
${mail()},b ${newId()},${field.name}: basic,
${mail()},c ${newId()},${field.name}: basic from 2026-01-02 until 2026-01-01,`;
    const found: { line: number; column: string; message: string }[] = await problemsOf(csv);
    expect(found.map(({ line, column, message }) => [line, column, message])).toEqual([
      [2, 'name', expect.stringContaining('is the name of another person, team or service account')],
      [3, 'email', expect.stringContaining(`belongs to ${gone.name}, who is disabled`)],
      [4, 'skills', `the field ${retired.name} is retired`],
      [5, 'skills', expect.stringContaining(`did you mean ${field.name}?`)],
      [6, 'skills', expect.stringContaining('does not say since when')],
      [7, 'skills', `${field.name} ends before it begins`],
    ]);
    expect((await send(csv)).body).toMatchObject({ refused: 6, problemCount: 6, isApplied: false });
  });

  test('is refused when it has more lines or characters than one import takes', async () => {
    const lines = Array.from({ length: 501 }, (_, index) => `p${index}@example.org,n ${index}`);
    expect((await problemsOf(`email,name\n${lines.join('\n')}`))[0].message).toContain('at most 500 lines');
    const tooLong = await send(`email,name\n${'x'.repeat(500_001)}`);
    expect([tooLong.status, tooLong.body.fields[0].field]).toEqual([400, '#/csv']);
  });

  test('does not put more members into a team than it may have', async () => {
    const { one } = await catalogue();
    const lines = Array.from({ length: 201 }, () => `${mail()},m ${newId()},${one.name}`);
    const found = await problemsOf(`email,name,teams\n${lines.join('\n')}`);
    expect(found).toEqual([
      { line: 202, column: 'teams', message: `${one.name} would have 201 members, at most 200 are possible` },
    ]);
  });

  test('does not take the last administrator away', async () => {
    const last = await makeCaller(database.db, `last ${newId()}`, ['admin'], 'person');
    const { id } = last.principal;
    const email = mail();
    const asSuperuser = (sql: string) => runAs(database.superuser, sql, [id]);
    await runAs(database.superuser, 'INSERT INTO person (id, email) VALUES ($1, $2)', [id, email]);
    await asSuperuser(`UPDATE principal SET disabled_at = now() WHERE 'admin' = ANY (roles) AND id <> $1`);
    try {
      const answer = await send(`email,roles\n${email},viewer`, true).set('Authorization', last.bearer);
      expect([answer.status, answer.body.code]).toEqual([409, 'last-administrator']);
    } finally {
      await asSuperuser(`UPDATE principal SET disabled_at = NULL WHERE 'admin' = ANY (roles) AND id <> $1`);
    }
  });

  test('never fails on any text: it answers what is wrong with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 60 }), async (text) => {
        const header = 'email,name,zone,roles,functions,contacts,skills,teams,leaves';
        for (const csv of [
          text,
          `${header}\n${text}`,
          `${header}\na@example.org,${text},,,,${text},${text},${text},${text}`,
        ]) {
          expect([200, 400]).toContain((await send(csv)).status);
        }
      }),
      { numRuns: 25 },
    );
  });
});
