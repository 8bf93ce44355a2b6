import { z } from 'zod';
import type { FieldProblem } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';

/** The bounds keep the audit entry of the largest category, and of the largest part, below its limit. */
const FIELDS_MAX = 30;
const CHOICES_MAX = 200;
const TEXT_MAX = 400;
const NUMBER_MAX = 1e15;

const keyText = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'must be camelCase, 1 to 40 letters and digits');

const number = z.number().min(-NUMBER_MAX).max(NUMBER_MAX);
const integer = z.int().min(-NUMBER_MAX).max(NUMBER_MAX);

const common = {
  key: keyText.describe('How the values of a part name it'),
  label: lineText(80).describe('What people read'),
  required: z.boolean().default(false).describe('Every part of the category must have a value'),
};

const unit = lineText(20).optional().describe('The unit of its values: `W`, `rpm`');

/** A custom field of a category's parts, with its type and limits. */
export const customFieldSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('text'), maxLength: z.int().min(1).max(TEXT_MAX).default(TEXT_MAX) }),
  z.strictObject({ ...common, type: z.literal('number'), unit, min: number.optional(), max: number.optional() }),
  z.strictObject({ ...common, type: z.literal('integer'), unit, min: integer.optional(), max: integer.optional() }),
  z.strictObject({ ...common, type: z.literal('boolean') }),
  z.strictObject({ ...common, type: z.literal('date') }),
  z.strictObject({ ...common, type: z.literal('choice'), choices: z.array(lineText(60)).min(1).max(CHOICES_MAX) }),
]);

export type CustomField = z.infer<typeof customFieldSchema>;

/** The custom fields of a category, in the order in which they are shown. */
export const customFieldsSchema = z
  .array(customFieldSchema)
  .max(FIELDS_MAX)
  .superRefine((fields, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const keys = fields.map(({ key }) => key);
    for (const [index, field] of fields.entries()) {
      if (keys.indexOf(field.key) < index) complain([index, 'key'], 'must be another than that of a field before');
      if ('min' in field && 'max' in field && (field.min ?? -NUMBER_MAX) > (field.max ?? NUMBER_MAX)) {
        complain([index, 'max'], 'must not be less than min');
      }
      if (field.type === 'choice' && new Set(field.choices).size < field.choices.length) {
        complain([index, 'choices'], 'must name each choice once');
      }
    }
    const choices = fields.reduce((sum, field) => sum + (field.type === 'choice' ? field.choices.length : 0), 0);
    if (choices > CHOICES_MAX) complain([], `must have at most ${CHOICES_MAX} choices in all`);
  });

/** The values of a part, by the keys of its category's fields. What has no value is left out. */
export const customValuesSchema = z
  .record(keyText, z.union([z.boolean(), number, lineText(TEXT_MAX)]))
  .refine((values) => Object.keys(values).length <= FIELDS_MAX, { message: `must have at most ${FIELDS_MAX} values` });

export type CustomValues = z.infer<typeof customValuesSchema>;

/** What is wrong with a part's values against its category's fields; empty when nothing is. */
export function customProblems(fields: readonly CustomField[], values: CustomValues): FieldProblem[] {
  const known = new Set(fields.map(({ key }) => key));
  const unknown = Object.keys(values)
    .filter((key) => !known.has(key))
    .map((key) => ({ field: `#/custom/${key}`, message: 'is not a field of the category' }));
  const wrong = fields.flatMap((field) => {
    const value = Object.hasOwn(values, field.key) ? values[field.key] : undefined;
    const message = value === undefined ? missing(field) : complaint(field, value);
    return message === undefined ? [] : [{ field: `#/custom/${field.key}`, message }];
  });
  return [...unknown, ...wrong];
}

function missing({ required, label }: CustomField): string | undefined {
  return required ? `is missing: every part of the category states ${label}` : undefined;
}

/** What is wrong with one value, and what would be right. */
function complaint(field: CustomField, value: boolean | number | string): string | undefined {
  switch (field.type) {
    case 'text':
      if (typeof value !== 'string') return 'must be text';
      return value.length > field.maxLength ? `must be at most ${field.maxLength} characters long` : undefined;
    case 'number':
      return typeof value === 'number' ? outside(field, value) : 'must be a number';
    case 'integer':
      return Number.isInteger(value) ? outside(field, Number(value)) : 'must be a whole number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'date':
      return z.iso.date().safeParse(value).success ? undefined : 'must be a date, YYYY-MM-DD';
    case 'choice':
      return field.choices.some((choice) => choice === value) ? undefined : `must be one of ${shown(field.choices)}`;
  }
}

function outside(
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  value: number,
): string | undefined {
  if (min !== undefined && value < min) return `must be at least ${min}`;
  if (max !== undefined && value > max) return `must be at most ${max}`;
  return undefined;
}

/** As many choices as a message can name. */
const SHOWN_MAX = 20;

function shown(choices: readonly string[]): string {
  return `${choices.slice(0, SHOWN_MAX).join(', ')}${choices.length > SHOWN_MAX ? ', ...' : ''}`;
}
