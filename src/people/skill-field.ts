import { z } from 'zod';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText, longText } from '../kernel/text.ts';
import { changesSomething } from './identity.ts';

/** One entry of the catalogue of skills: `database`, `network`. Services name it by its name. */
export interface SkillField extends Lifecycle {
  readonly id: string;
  /** Unique among fields, whatever the case. */
  readonly name: string;
  readonly note: string;
}

const fields = {
  name: lineText(100).describe('Unique among skill fields, whatever the case; services require it by this name'),
  note: longText(500).describe('What belongs to it'),
};

/** A new field. */
export const newSkillFieldSchema = z.strictObject({ ...fields, note: fields.note.default('') });

/** A change: what is named replaces what was there. */
export const skillFieldChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

export type NewSkillField = z.infer<typeof newSkillFieldSchema>;
export type SkillFieldChange = z.infer<typeof skillFieldChangeSchema>;
