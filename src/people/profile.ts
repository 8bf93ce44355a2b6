import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { changesSomething } from './identity.ts';

export const CONTACT_KINDS = ['phone', 'mobile', 'email', 'chat', 'other'] as const;

/**
 * What a person does in an emergency. `role` is the word for permissions, so these are functions, as in a job function; they
 * permit nothing.
 */
export const PERSON_FUNCTIONS = ['technical expert', 'service desk', 'project manager', 'supervisor'] as const;
export type PersonFunction = (typeof PERSON_FUNCTIONS)[number];

/** From beginner to master; a requirement is met at any level. */
export const SKILL_LEVELS = ['basic', 'skilled', 'expert'] as const;

/** Ways of contact, and skills, that one person may have. */
export const CONTACTS_MAX = 20;
export const SKILLS_MAX = 100;

/** A point in time as the API takes it. */
export const instantSchema = z.iso
  .datetime({ offset: true, abort: true })
  .transform((text) => Temporal.Instant.from(text));

export const contactSchema = z.strictObject({
  kind: z.enum(CONTACT_KINDS),
  value: lineText(254).describe('The number, the address, the name in the chat'),
  note: lineText(200).or(z.literal('')).default('').describe('When to use it: only at night, ask the reception first'),
});

const skillSchema = z
  .strictObject({
    fieldId: z.uuid().toLowerCase().describe('A field of the catalogue'),
    level: z.enum(SKILL_LEVELS),
    since: instantSchema.describe('From when it counts'),
    validUntil: instantSchema
      .nullable()
      .default(null)
      .describe('From then on it counts no more; null: it never runs out'),
    note: longText(500).default('').describe('What shows it: a certificate, an assessment'),
  })
  .refine(({ since, validUntil }) => validUntil === null || Temporal.Instant.compare(since, validUntil) < 0, {
    message: 'must lie after since',
    path: ['validUntil'],
  });

const unique = <Item>(key: (item: Item) => string, message: string) =>
  [(items: readonly Item[]) => new Set(items.map(key)).size === items.length, { message }] as const;

const fields = {
  contacts: z
    .array(contactSchema)
    .max(CONTACTS_MAX)
    .refine(...unique<z.output<typeof contactSchema>>(({ kind, value }) => `${kind} ${value}`, 'must name each once'))
    .describe('Ways of contact, in the order in which to try them'),
  functions: z
    .array(z.enum(PERSON_FUNCTIONS))
    .max(PERSON_FUNCTIONS.length)
    .refine(...unique<PersonFunction>((name) => name, 'must name each once'))
    .describe('What they do in an emergency; permits nothing'),
  skills: z
    .array(skillSchema)
    .max(SKILLS_MAX)
    .refine(...unique<z.output<typeof skillSchema>>(({ fieldId }) => fieldId, 'must name each field once'))
    .describe('What they can do, one entry for each field'),
  leavesAt: instantSchema.nullable().describe('From then on they are not there any more; null: not known'),
};

/** A change of a profile: what is named replaces what was there, lists as a whole. */
export const profileChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

export type Contact = z.output<typeof contactSchema>;
export type NewSkill = z.output<typeof skillSchema>;
export type ProfileChange = z.output<typeof profileChangeSchema>;

/** A skill with the field that it is in. */
export interface Skill extends Omit<NewSkill, 'fieldId'> {
  readonly field: { readonly id: string; readonly name: string };
}

/** How a person can be reached, as what, and what they can do. */
export interface Profile {
  readonly personId: string;
  readonly contacts: readonly Contact[];
  readonly functions: readonly PersonFunction[];
  readonly skills: readonly Skill[];
  readonly leavesAt: Temporal.Instant | null;
  /** The version of the person. */
  readonly version: number;
}
