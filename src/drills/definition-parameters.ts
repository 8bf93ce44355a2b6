import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { valueProblem } from './parameter-value.ts';

const PARAMETERS_MAX = 50;
const TEXT_MAX = 1000;

const common = {
  description: lineText(400).optional().describe('What it is for'),
  mayVary: z
    .boolean()
    .default(false)
    .describe('A run that is given another value than the default proves the service as well'),
} as const;

const isPattern = (text: string) => {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

const text = z
  .strictObject({
    type: z.literal('string'),
    default: z.string().max(TEXT_MAX).describe('The value of a run that is given none'),
    oneOf: z.array(z.string().max(TEXT_MAX)).min(1).max(100).optional().describe('The values that it can have'),
    pattern: z
      .string()
      .min(1)
      .max(TEXT_MAX)
      .refine(isPattern, 'must be a regular expression')
      .optional()
      .describe('A regular expression that the whole value must match'),
    ...common,
  })
  .describe('A text');

const number = (type: 'integer' | 'number') => {
  const value = type === 'integer' ? z.int() : z.number();
  return z
    .strictObject({
      type: z.literal(type),
      default: value.describe('The value of a run that is given none'),
      min: value.optional().describe('The least that it can be'),
      max: value.optional().describe('The most that it can be'),
      ...common,
    })
    .describe(type === 'integer' ? 'A whole number' : 'A number');
};

const truth = z
  .strictObject({
    type: z.literal('boolean'),
    default: z.boolean().describe('The value of a run that is given none'),
    ...common,
  })
  .describe('true or false');

/** Values that whoever starts a run may set. */
export const parametersSchema = z
  .record(
    z.string().regex(/^[a-z][a-zA-Z0-9]{0,62}$/, 'must be letters and digits, a lower-case letter first, 63 at most'),
    z.discriminatedUnion('type', [text, number('integer'), number('number'), truth]),
  )
  .superRefine((parameters, context) => {
    if (Object.keys(parameters).length > PARAMETERS_MAX) {
      context.addIssue({ code: 'custom', message: `must be ${PARAMETERS_MAX} at most` });
    }
    for (const [name, declared] of Object.entries(parameters)) {
      const problem = valueProblem(declared, declared.default);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [name, 'default'], message: problem });
    }
  })
  .describe(
    'Values that a run may be given; a dollar sign with a name in braces stands for one in args, expect, and recoveryPoint’s at and withinDays',
  );
