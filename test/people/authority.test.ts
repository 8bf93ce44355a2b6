import { describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import type { Caller } from '../../src/auth/caller.ts';
import type { Role } from '../../src/auth/permissions.ts';
import { sqlFailureOf } from '../../src/database/sqlstate.ts';
import { newId } from '../../src/kernel/ids.ts';
import { setDisabled } from '../../src/people/identity.service.ts';
import { personById, teamById } from '../../src/people/people.queries.ts';
import { createPerson, updatePerson } from '../../src/people/person.service.ts';
import type { Person } from '../../src/people/person.ts';
import { createServiceAccount } from '../../src/people/service-account.service.ts';
import { createTeam, ensureTeam } from '../../src/people/team.service.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { makeCaller } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';

const addPerson = (database: TestDatabase, caller: Caller, roles: Role[]): Promise<Person> => {
  const name = `person ${newId()}`;
  const wanted = { name, email: `${newId()}@example.org`, zone: null, roles };
  return database.db.transaction((tx) => createPerson(tx, caller, wanted));
};

const targetOf = ({ id, version }: Person) => ({ id, expectedVersion: version });

describe('the rights of whoever changes people', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const give = (caller: Caller, person: Person, roles: Role[]) =>
    database.db.transaction((tx) => updatePerson(tx, caller, targetOf(person), { roles }));

  test('bound the roles that they give, to anybody and in every way', async () => {
    const { db } = database;
    const operator = await makeCaller(db, { roles: ['operator'] });
    const beyond = { kind: 'forbidden', code: 'role-beyond-yours' };
    await expect(addPerson(database, operator, ['operator', 'auditor'])).rejects.toMatchObject(beyond);
    const team = { name: newId(), members: [], roles: ['admin' as const] };
    await expect(db.transaction((tx) => createTeam(tx, operator, team))).rejects.toMatchObject(beyond);
    const account = { name: newId(), ownerId: operator.principal.id, purpose: 'x', roles: ['admin' as const] };
    await expect(db.transaction((tx) => createServiceAccount(tx, operator, account))).rejects.toMatchObject(beyond);
    const person = await addPerson(database, operator, ['viewer']);
    await expect(give(operator, person, ['asset-manager'])).rejects.toMatchObject(beyond);
    expect(await personById(db, person.id)).toEqual(person);
    expect(await give(operator, person, ['operator'])).toMatchObject({ roles: ['operator'], version: 2 });
  });

  test('keep their hands off those who may do more', async () => {
    const { db } = database;
    const operator = await makeCaller(db, { roles: ['operator'] });
    const auditor = await addPerson(database, await makeCaller(db), ['auditor']);
    const beyond = { kind: 'forbidden', code: 'principal-beyond-you' };
    await expect(give(operator, auditor, [])).rejects.toMatchObject(beyond);
    await expect(
      db.transaction((tx) => updatePerson(tx, operator, targetOf(auditor), { email: 'mine@example.org' })),
    ).rejects.toMatchObject(beyond);
    await expect(
      db.transaction((tx) => setDisabled(tx, operator, 'person', targetOf(auditor), true)),
    ).rejects.toMatchObject(beyond);
    expect(await personById(db, auditor.id)).toEqual(auditor);
  });
});

describe('the last administrator', () => {
  const database = useDatabase(PEOPLE_ENTITIES);

  test('can be neither disabled nor demoted', async () => {
    const outsider = await makeCaller(database.db);
    const last = await addPerson(database, outsider, ['admin']);
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id <> $1', [last.id]);
    const refused = { kind: 'conflict', code: 'last-administrator' };
    await expect(
      database.db.transaction((tx) => setDisabled(tx, outsider, 'person', targetOf(last), true)),
    ).rejects.toMatchObject(refused);
    await expect(
      database.db.transaction((tx) => updatePerson(tx, outsider, targetOf(last), { roles: ['operator'] })),
    ).rejects.toMatchObject(refused);
    expect(await personById(database.db, last.id)).toEqual(last);
  });

  test('is still there when two administrators are disabled at the same moment', async () => {
    const outsider = await makeCaller(database.db);
    for (let round = 0; round < 5; round += 1) {
      const two = [await addPerson(database, outsider, ['admin']), await addPerson(database, outsider, ['admin'])];
      const ids = two.map((person) => person.id);
      await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id <> ALL ($1::uuid[])', [ids]);
      const outcomes = await Promise.allSettled(
        two.map((person) =>
          database.db.transaction((tx) => setDisabled(tx, outsider, 'person', targetOf(person), true)),
        ),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refused).toMatchObject([{ code: 'last-administrator' }]);
    }
  });
});

describe('the team of the first start', () => {
  const database = useDatabase(PEOPLE_ENTITIES);
  const ensure = (name: string) =>
    database.db.transaction((tx) => ensureTeam(tx, { actor: SYSTEM_ACTOR }, { name, roles: ['admin'] }));

  test('is made once, however many replicas start at once, and then left as it is', async () => {
    const teams = await Promise.all(Array.from({ length: 6 }, () => ensure('Administrators')));
    expect(new Set(teams.map((team) => team.id)).size).toBe(1);
    expect(teams[0]).toMatchObject({ name: 'Administrators', roles: ['admin'], members: [] });
    expect(await ensure('administrators')).toEqual(await teamById(database.db, teams[0]?.id ?? ''));
  });

  test('is refused when its name is not the name of a team', async () => {
    const { principal } = await makeCaller(database.db, { kind: 'service-account' });
    await expect(ensure(principal.name)).rejects.toMatchObject({ kind: 'conflict', code: 'not-a-team' });
  });
});

describe('the database by itself', () => {
  const database = useDatabase(PEOPLE_ENTITIES);

  async function refusal(sql: string, parameters: unknown[] = []): Promise<string | undefined> {
    try {
      await database.db.execute(sql, parameters);
    } catch (thrown) {
      return sqlFailureOf(thrown)?.constraint;
    }
    return undefined;
  }

  test('refuses to delete anybody', async () => {
    const caller = await makeCaller(database.db);
    const person = await addPerson(database, caller, []);
    const team = await database.db.transaction((tx) =>
      createTeam(tx, caller, { name: newId(), members: [person.id], roles: [] }),
    );
    expect(await refusal('DELETE FROM person WHERE id = $1', [person.id])).toBe('people_never_deleted');
    expect(await refusal('DELETE FROM team WHERE id = $1', [team.id])).toBe('people_never_deleted');
    expect(await refusal('DELETE FROM principal WHERE id = $1', [person.id])).toBe('people_never_deleted');
  });

  test('refuses kinds that do not fit', async () => {
    const { principal: team } = await makeCaller(database.db, { kind: 'team' });
    const { principal: robot } = await makeCaller(database.db, { kind: 'service-account' });
    const person = await addPerson(database, await makeCaller(database.db), []);
    const insertPerson = 'INSERT INTO person (id, kind, email) VALUES ($1, $2, $3)';
    expect(await refusal(insertPerson, [team.id, 'person', 'a@b'])).toBe('person_principal_fkey');
    expect(await refusal(insertPerson, [team.id, 'team', 'a@b'])).toBe('person_kind');
    expect(await refusal('INSERT INTO team (id) VALUES ($1)', [person.id])).toBe('team_principal_fkey');
    expect(await refusal('INSERT INTO team (id) VALUES ($1)', [team.id])).toBeUndefined();
    expect(await refusal('INSERT INTO team_member VALUES ($1, $2)', [team.id, team.id])).toBe(
      'team_member_person_id_fkey',
    );
    expect(await refusal(`UPDATE principal SET kind = 'team' WHERE id = $1`, [person.id])).toBe(
      'person_principal_fkey',
    );
    const insertAccount = `INSERT INTO service_account (id, owner_id, owner_kind, purpose) VALUES ($1, $2, $3, 'x')`;
    expect(await refusal(insertAccount, [robot.id, robot.id, 'service-account'])).toBe('service_account_owner_kind');
    expect(await refusal(insertAccount, [robot.id, robot.id, 'team'])).toBe('service_account_owner_fkey');
    expect(await refusal(insertAccount, [robot.id, team.id, 'team'])).toBeUndefined();
  });

  test('refuses values that the form refuses', async () => {
    const caller = await makeCaller(database.db);
    const person = await addPerson(database, caller, []);
    const other = await addPerson(database, caller, []);
    const set = (assignment: string) => refusal(`UPDATE person SET ${assignment} WHERE id = $1`, [person.id]);
    expect(await set(`email = 'nobody'`)).toBe('person_email');
    expect(await set(`email = upper('${other.email}')`)).toBe('person_email_unique');
    expect(await set(`zone = ''`)).toBe('person_zone');
  });
});
