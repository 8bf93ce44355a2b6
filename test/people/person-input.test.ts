import { describe, expect, test } from 'vitest';
import { newPersonSchema, personChangeSchema } from '../../src/people/person.ts';
import { newTeamSchema } from '../../src/people/team.ts';

const pathsOf = (change: Record<string, unknown>) =>
  newPersonSchema
    .safeParse({ name: 'Duty technician', email: 'duty@example.org', ...change })
    .error?.issues.map((issue) => issue.path.join('.')) ?? [];

describe('what is said about a person', () => {
  test('needs a name and an address, nothing else', () => {
    expect(newPersonSchema.parse({ name: '  王伟 ', email: 'w@example.org' })).toEqual({
      name: '王伟',
      email: 'w@example.org',
      zone: null,
      roles: [],
    });
  });

  test.each([
    ['name', ''],
    ['name', '   '],
    ['name', 'two\nlines'],
    ['name', 'turned \u202e round'],
    ['name', '\ud800'],
    ['name', 'x'.repeat(201)],
    ['email', 'nobody'],
    ['email', 'a b@example.org'],
    ['zone', 'Mars/Olympus'],
    ['zone', '+08:00'],
    ['roles', ['viewer', 'viewer']],
    ['roles.0', ['root']],
  ])('%s is refused when it is %j', (path, value) => {
    expect(pathsOf({ [path.split('.')[0] ?? '']: value })).toEqual([path]);
  });

  test('a change must change something, and sets nothing that it does not name', () => {
    expect(personChangeSchema.safeParse({}).success).toBe(false);
    expect(personChangeSchema.parse({ zone: null })).toEqual({ zone: null });
  });

  test('a team names each member once', () => {
    const id = '019AAB2C-7A10-7C3E-9D52-6F1B0A4E8C11';
    expect(newTeamSchema.parse({ name: 'x', members: [id] }).members).toEqual([id.toLowerCase()]);
    expect(newTeamSchema.safeParse({ name: 'x', members: [id, id.toLowerCase()] }).success).toBe(false);
  });
});
