import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { permissionsOf, type Role } from '../../src/auth/permissions.ts';
import { cellOfInstant, readContacts, readInstant, readSkills } from '../../src/people/person-cells.ts';
import type { Known, KnownPerson, KnownTeam, PersonLine } from '../../src/people/person-import.ts';
import { planImport } from '../../src/people/person-import-plan.ts';

const OPERATOR = { permissions: permissionsOf(['operator']) };

const teamOf = (roles: Role[]): KnownTeam => {
  return { id: 'team', name: 'Team', roles, isDisabled: false, version: 1, members: [] };
};

const personOf = (roles: Role[]): KnownPerson => ({
  ...{ id: 'one', name: 'One', email: 'one@example.org', zone: null, roles, isDisabled: false, version: 1 },
  profile: { personId: 'one', contacts: [], functions: [], skills: [], leavesAt: null, version: 1 },
});

const knownOf = (more: Partial<Known> = {}): Known => ({
  ...{ persons: new Map(), namesTaken: new Map(), fields: new Map(), teams: new Map(), teamsOf: new Map() },
  ...{ fieldNames: [], teamNames: [], ...more },
});

const lineOf = (cells: object): PersonLine => {
  return { line: 2, email: 'one@example.org', cells: new Map(Object.entries(cells)) as PersonLine['cells'] };
};

const problemsOf = (cells: object, known: Known) =>
  planImport([lineOf(cells)], known, OPERATOR, []).problems.map(({ column, message }) => [column, message]);

describe('an import by somebody who may not do everything', () => {
  test('gives no role and touches no person and no team that may do more', () => {
    expect(problemsOf({ name: 'One', roles: 'admin | viewer' }, knownOf())).toEqual([
      ['roles', 'you cannot give admin: it may do more than you may'],
    ]);
    const admin = knownOf({ persons: new Map([['one@example.org', personOf(['admin'])]]) });
    expect(problemsOf({ zone: 'UTC' }, admin)).toEqual([
      ['email', 'belongs to One, whose role admin may do more than you may'],
    ]);
    const teams = knownOf({ teams: new Map([['Team', teamOf(['admin'])]]) });
    expect(problemsOf({ name: 'One', teams: 'Team' }, teams)).toEqual([
      ['teams', 'you cannot change Team: its role admin may do more'],
    ]);
    expect(
      problemsOf({ name: 'One', teams: 'Team' }, knownOf({ teams: new Map([['Team', teamOf(['viewer'])]]) })),
    ).toEqual([]);
  });
});

describe('a cell', () => {
  test('names a day by its beginning in the zone, over a change of clocks too, and says it in the same way', () => {
    for (const [day, zone, instant] of [
      ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
      ['2027-12-31', 'Asia/Shanghai', '2027-12-30T16:00:00Z'],
    ] as const) {
      expect(readInstant(day, zone)).toEqual({ value: Temporal.Instant.from(instant) });
      expect(cellOfInstant(Temporal.Instant.from(instant), zone)).toBe(day);
    }
    expect(cellOfInstant(Temporal.Instant.from('2027-12-31T10:30:00Z'), 'UTC')).toBe('2027-12-31T10:30:00Z');
    expect(readInstant('2027-12-31T10:30:00', 'UTC')).toHaveProperty('problem');
  });

  test.each([
    ['a note', 'mobile: 1 (at night)', { kind: 'mobile', value: '1', note: 'at night' }],
    ['brackets inside', 'Phone: +49 (30) 1234', { kind: 'phone', value: '+49 (30) 1234', note: '' }],
    ['colons', 'chat: https://chat.example.org/a', { kind: 'chat', value: 'https://chat.example.org/a', note: '' }],
  ])('has a way of contact with %s', (_, cell, contact) => {
    expect(readContacts(cell)).toEqual({ value: [contact] });
  });

  test('has skills in fields with any name', () => {
    expect(readSkills('a: b from x: Expert from 2026-01-01', 'UTC')).toMatchObject({
      value: [{ field: 'a: b from x', level: 'expert', validUntil: undefined }],
    });
  });
});
