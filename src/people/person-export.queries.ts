import type { Queryable } from '../database/database.ts';
import {
  cellOfContacts,
  cellOfInstant,
  cellOfSkills,
  cellOfWords,
  entriesOf,
  type Read,
  readContacts,
  readSkills,
} from './person-cells.ts';
import type { ImportColumn, KnownPerson } from './person-import.ts';
import { profilesOf } from './profile.queries.ts';
import type { Contact } from './profile.ts';

/** Somebody as a file states them. */
export interface PersonCells {
  readonly id: string;
  readonly cells: Readonly<Record<ImportColumn, string | null>>;
}

type PersonRow = Pick<KnownPerson, 'id' | 'name' | 'email' | 'zone' | 'roles'> & { readonly teams: readonly string[] };

/**
 * Persons who are not disabled, in the order of their ids, behind `after`. What a cell cannot say, such as a way of contact with
 * the sign that separates them, is left out of it: an import leaves it as it is then.
 */
export async function personCells(db: Queryable, after: string | null, limit: number): Promise<PersonCells[]> {
  const rows = await db.rows<PersonRow>(
    `SELECT p.id, p.name, x.email, x.zone, p.roles,
       ARRAY(SELECT t.name FROM team_member m JOIN principal t ON t.id = m.team_id WHERE m.person_id = p.id) AS teams
     FROM person x JOIN principal p ON p.id = x.id
     WHERE p.disabled_at IS NULL AND ($1::uuid IS NULL OR p.id > $1) ORDER BY p.id LIMIT $2`,
    [after, limit],
  );
  const ids = rows.map(({ id }) => id);
  const profiles = new Map((await profilesOf(db, ids)).map((profile) => [profile.personId, profile]));
  return rows.map(({ id, name, email, zone, roles, teams }) => {
    const { functions = [], contacts = [], skills = [], leavesAt = null } = profiles.get(id) ?? {};
    const at = zone ?? 'UTC';
    const stated = {
      ...{ email, name, zone, roles: cellOfWords(roles), functions: cellOfWords(functions) },
      contacts: sayable(cellOfContacts(contacts), waysOf, waysIn(contacts)),
      skills: sayable(
        cellOfSkills(skills, at),
        (cell) => fieldsOf(cell, at),
        skills.map(({ field }) => field.name).toSorted(),
      ),
      teams: sayable(cellOfWords(teams), entriesOf, teams.toSorted()),
      leaves: leavesAt && cellOfInstant(leavesAt, at),
    };
    return { id, cells: stated };
  });
}

/** A cell, where somebody who reads it finds what it is made of. */
function sayable<Word>(cell: string, read: (cell: string) => readonly Word[], words: readonly Word[]): string | null {
  return JSON.stringify(read(cell)) === JSON.stringify(words) ? cell : null;
}

const saidIn = <Value>(read: Read<Value[]>): Value[] => ('value' in read ? read.value : []);

const waysIn = (contacts: readonly Contact[]) => contacts.map(({ kind, value, note }) => [kind, value, note]);
const waysOf = (cell: string) => waysIn(saidIn(readContacts(cell)));

const fieldsOf = (cell: string, zone: string) =>
  saidIn(readSkills(cell, zone))
    .map(({ field }) => field)
    .toSorted();
