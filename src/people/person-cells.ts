import { Temporal } from 'temporal-polyfill';
import { ROLES, type Role } from '../auth/permissions.ts';
import { nearestOf } from '../kernel/nearest.ts';
import {
  CONTACTS_MAX,
  type Contact,
  contactSchema,
  instantSchema,
  PERSON_FUNCTIONS,
  type PersonFunction,
  SKILL_LEVELS,
  SKILLS_MAX,
  type Skill,
} from './profile.ts';

/** What a cell says, or what is wrong with it. */
export type Read<Value> = { readonly value: Value } | { readonly problem: string };

/** Separates the entries of a cell. */
const SEPARATOR = '|';

/** The end of what never runs out. */
const NEVER = 'never';

/** What empties a cell's field; an empty cell leaves it as it is. */
export const EMPTIED = '-';

/** The entries of a cell. */
export function entriesOf(cell: string): string[] {
  if (cell === EMPTIED) return [];
  return cell
    .split(SEPARATOR)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Entries as a cell has them. */
const cellOf = (entries: readonly string[]) => entries.join(` ${SEPARATOR} `);

/** Entries without an order of their own. */
export const cellOfWords = (words: readonly string[]) => cellOf(words.toSorted());

export const readRoles = (cell: string): Read<Role[]> => readWords(cell, ROLES, 'role');
export const readFunctions = (cell: string): Read<PersonFunction[]> => readWords(cell, PERSON_FUNCTIONS, 'function');

/** `mobile: +86 21 5555 0100 (only at night) | chat: @duty`. */
export function readContacts(cell: string): Read<Contact[]> {
  return readEntries(cell, CONTACTS_MAX, (entry) => {
    const [, kind = '', value = '', note = ''] = /^([^:]*):\s*(.*?)(?:\s+\(([^()]*)\))?$/s.exec(entry) ?? [];
    const contact = contactSchema.safeParse({ kind: kind.trim().toLowerCase(), value, note });
    if (contact.success) return { value: contact.data };
    const [issue] = contact.error.issues;
    if (issue?.path[0] !== 'kind')
      return { problem: `"${shortened(entry)}": ${String(issue?.path[0])} ${issue?.message}` };
    const kinds = contactSchema.shape.kind.options;
    return {
      problem: `"${shortened(entry)}" is no way of contact such as mobile: +86 21 5555 0100. Kinds are ${kinds.join(', ')}`,
    };
  });
}

export const cellOfContacts = (contacts: readonly Contact[]) =>
  cellOf(contacts.map(({ kind, value, note }) => `${kind}: ${value}${note === '' ? '' : ` (${note})`}`));

/** A skill as a cell states it: what is left out is as it was. */
export interface StatedSkill {
  readonly field: string;
  readonly level: (typeof SKILL_LEVELS)[number];
  readonly since: Temporal.Instant | undefined;
  /** Null: it never runs out. */
  readonly validUntil: Temporal.Instant | null | undefined;
}

/**
 * `database: expert from 2025-01-01 until 2028-01-01 | network: basic from 2026-01-01 until never`.
 * @param zone in which a date begins.
 */
export function readSkills(cell: string, zone: string): Read<StatedSkill[]> {
  return readEntries(cell, SKILLS_MAX, (entry) => {
    const [, field = '', level = '', from, until] =
      /^(.*):\s*(\w+)(?:\s+from\s+(\S+))?(?:\s+until\s+(\S+))?$/is.exec(entry) ?? [];
    const stated = SKILL_LEVELS.find((one) => one === level.toLowerCase());
    if (stated === undefined) {
      const example = 'database: expert from 2025-01-01 until 2028-01-01';
      return { problem: `"${shortened(entry)}" is no skill such as ${example}. Levels are ${SKILL_LEVELS.join(', ')}` };
    }
    const since = readStated(from, zone);
    const validUntil = until?.toLowerCase() === NEVER ? { value: null } : readStated(until, zone);
    if ('problem' in since) return since;
    if ('problem' in validUntil) return validUntil;
    return { value: { field: field.trim(), level: stated, since: since.value, validUntil: validUntil.value } };
  });
}

const readStated = (text: string | undefined, zone: string): Read<Temporal.Instant | undefined> =>
  text === undefined ? { value: undefined } : readInstant(text, zone);

/** A day such as 2027-12-31, which means its beginning in the zone, or an instant such as 2027-12-31T16:00:00Z. */
export function readInstant(text: string, zone: string): Read<Temporal.Instant> {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = isDay ? beginOfDay(text, zone) : instantSchema.safeParse(text).data;
  if (instant) return { value: instant };
  return { problem: `"${shortened(text)}" is no day such as 2027-12-31, and no instant such as 2027-12-31T16:00:00Z` };
}

/** An instant as a cell states it: a day where it is the beginning of one in the zone. */
export function cellOfInstant(instant: Temporal.Instant, zone: string): string {
  const local = instant.toZonedDateTimeISO(zone);
  return local.equals(local.startOfDay()) ? local.toPlainDate().toString() : instant.toString();
}

/** Skills as a cell states them, in the order of their fields. */
export function cellOfSkills(
  skills: readonly Pick<Skill, 'field' | 'level' | 'since' | 'validUntil'>[],
  zone: string,
): string {
  const ordered = skills.toSorted((left, right) =>
    left.field.name.toLowerCase() < right.field.name.toLowerCase() ? -1 : 1,
  );
  return cellOf(
    ordered.map(({ field, level, since, validUntil }) => {
      const until = validUntil === null ? NEVER : cellOfInstant(validUntil, zone);
      return `${field.name}: ${level} from ${cellOfInstant(since, zone)} until ${until}`;
    }),
  );
}

/** What a word was meant to be, as the end of a message. */
export function meant(word: string, candidates: readonly string[]): string {
  const nearest = nearestOf(word.slice(0, 60), candidates);
  return nearest === undefined ? '' : `: did you mean ${nearest}?`;
}

export const shortened = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

function readWords<Word extends string>(cell: string, words: readonly Word[], noun: string): Read<Word[]> {
  const read = readEntries(cell, words.length, (entry) => {
    const word = words.find((one) => one === entry.toLowerCase());
    if (word !== undefined) return { value: word };
    return { problem: `there is no ${noun} "${shortened(entry)}"${meant(entry, words)}` };
  });
  return 'problem' in read ? read : { value: words.filter((word) => read.value.includes(word)) };
}

function readEntries<Value>(cell: string, entriesMax: number, read: (entry: string) => Read<Value>): Read<Value[]> {
  const values: Value[] = [];
  const entries = entriesOf(cell);
  if (entries.length > entriesMax)
    return { problem: `has ${entries.length} entries, at most ${entriesMax} are possible` };
  for (const entry of entries) {
    const one = read(entry);
    if ('problem' in one) return one;
    values.push(one.value);
  }
  return { value: values };
}

function beginOfDay(text: string, zone: string): Temporal.Instant | undefined {
  try {
    return Temporal.PlainDate.from(text).toZonedDateTime(zone).toInstant();
  } catch {
    return undefined;
  }
}
