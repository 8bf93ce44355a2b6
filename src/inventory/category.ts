import { z } from 'zod';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import { type CustomField, customFieldsSchema } from './custom-field.ts';

const fields = {
  name: lineText(80).describe('Unique among categories, whatever the case'),
  fields: customFieldsSchema.describe('What its parts state besides what all parts do, in the order to show it in'),
};

/** A new category of parts. */
export const newCategorySchema = z.strictObject({ ...fields, fields: fields.fields.default([]) });

/** A change: what is named replaces what was there, the fields as a whole. */
export const categoryChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewCategory = z.infer<typeof newCategorySchema>;
export type CategoryChange = z.infer<typeof categoryChangeSchema>;

/** A category of parts, with the custom fields that they have. */
export interface PartCategory extends Lifecycle {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly CustomField[];
}
