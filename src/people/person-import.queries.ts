import type { Role } from '../auth/permissions.ts';
import type { Queryable } from '../database/database.ts';
import { entriesOf, readSkills } from './person-cells.ts';
import type { Known, KnownPerson, KnownTeam, NamedField, PersonLine } from './person-import.ts';
import { profilesOf } from './profile.queries.ts';

/** Names among which a mistyped one is looked for. */
const SUGGESTED_MAX = 500;

/** What the lines of a file name, as they write it. */
export interface Named {
  readonly emails: readonly string[];
  readonly names: readonly string[];
  readonly fields: readonly string[];
  readonly teams: readonly string[];
}

/** What is looked up for a file. */
export function namedBy(lines: readonly PersonLine[]): Named {
  const cells = (column: 'name' | 'skills' | 'teams') => lines.flatMap(({ cells }) => cells.get(column) ?? []);
  const skills = cells('skills').flatMap((cell) => {
    const read = readSkills(cell, 'UTC');
    return 'value' in read ? read.value.map(({ field }) => field) : [];
  });
  return {
    emails: lines.map(({ email }) => email),
    names: [...new Set(cells('name'))],
    fields: [...new Set(skills)],
    teams: [...new Set(cells('teams').flatMap(entriesOf))],
  };
}

/** What is there already of what a file names. */
export async function knownOf(db: Queryable, named: Named): Promise<Known> {
  const persons = await personsByEmail(db, named.emails);
  const { teams, teamsOf } = await teamsNamed(db, named, [...persons.values()]);
  return {
    ...{ persons, teams, teamsOf },
    namesTaken: new Map((await holdersOf(db, named.names)).map(({ asked, id }) => [asked, id])),
    fields: new Map((await fieldsNamed(db, named.fields)).map(({ asked, ...field }) => [asked, field])),
    fieldNames: await namesFrom(db, 'skill_field WHERE retired_at IS NULL'),
    teamNames: await namesFrom(db, `principal WHERE kind = 'team' AND disabled_at IS NULL`),
  };
}

interface PersonRow extends Omit<KnownPerson, 'profile'> {
  readonly asked: string;
}

async function personsByEmail(db: Queryable, emails: readonly string[]): Promise<Map<string, KnownPerson>> {
  const rows = await db.rows<PersonRow>(
    `SELECT n.asked, p.id, p.name, x.email, x.zone, p.roles, p.disabled_at IS NOT NULL AS "isDisabled", p.version
     FROM unnest($1::text[]) AS n (asked) JOIN person x ON lower(x.email) = lower(n.asked) JOIN principal p ON p.id = x.id`,
    [emails],
  );
  const ids = rows.map(({ id }) => id);
  const profiles = new Map((await profilesOf(db, ids)).map((profile) => [profile.personId, profile]));
  const known = new Map<string, KnownPerson>();
  for (const { asked, ...person } of rows) {
    const profile = profiles.get(person.id);
    if (profile) known.set(asked, { ...person, profile });
  }
  return known;
}

interface Asked {
  readonly asked: string;
}

const holdersOf = (db: Queryable, names: readonly string[]) =>
  db.rows<Asked & { readonly id: string }>(
    'SELECT n.asked, p.id FROM unnest($1::text[]) AS n (asked) JOIN principal p ON lower(p.name) = lower(n.asked)',
    [names],
  );

const fieldsNamed = (db: Queryable, names: readonly string[]) =>
  db.rows<Asked & NamedField>(
    `SELECT n.asked, f.id, f.name, f.retired_at IS NOT NULL AS "isRetired"
     FROM unnest($1::text[]) AS n (asked) JOIN skill_field f ON lower(f.name) = lower(n.asked)`,
    [names],
  );

async function namesFrom(db: Queryable, where: string): Promise<string[]> {
  const rows = await db.rows<{ readonly name: string }>(
    `SELECT name FROM ${where} ORDER BY lower(name) LIMIT ${SUGGESTED_MAX}`,
  );
  return rows.map(({ name }) => name);
}

interface TeamRow {
  readonly id: string;
  readonly name: string;
  readonly roles: Role[];
  readonly isDisabled: boolean;
  readonly version: number;
  readonly members: string[];
  /** As which the file names it; null for one that somebody in the file belongs to. */
  readonly asked: string[];
}

async function teamsNamed(db: Queryable, { teams: names }: Named, persons: readonly KnownPerson[]) {
  const rows = await db.rows<TeamRow>(
    `SELECT p.id, p.name, p.roles, p.disabled_at IS NOT NULL AS "isDisabled", p.version,
       ARRAY(SELECT m.person_id FROM team_member m WHERE m.team_id = p.id ORDER BY 1) AS members,
       ARRAY(SELECT n.asked FROM unnest($1::text[]) AS n (asked) WHERE lower(n.asked) = lower(p.name)) AS asked
     FROM principal p
     WHERE p.kind = 'team' AND (lower(p.name) = ANY (ARRAY(SELECT lower(n) FROM unnest($1::text[]) n))
       OR p.id IN (SELECT m.team_id FROM team_member m WHERE m.person_id = ANY ($2::uuid[])))`,
    [names, persons.map(({ id }) => id)],
  );
  const teams = new Map<string, KnownTeam>();
  for (const { asked, ...team } of rows) for (const name of asked) teams.set(name, team);
  const all = rows.map(({ asked: _, ...team }): KnownTeam => team);
  const teamsOf = new Map(persons.map(({ id }) => [id, all.filter(({ members }) => members.includes(id))]));
  return { teams, teamsOf };
}

/** Who administers now, persons or not. */
export async function administratorIds(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    `SELECT id FROM principal WHERE 'admin' = ANY (roles) AND disabled_at IS NULL`,
  );
  return rows.map(({ id }) => id);
}
