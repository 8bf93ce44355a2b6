import { z } from 'zod';
import type { DefinitionFile } from './definition-file.ts';
import { TARGETS } from './run.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);

/** What whoever starts a drill must know of its definition; empty for a file that is no drill. */
export const outlineSchema = z.object({
  file: z.string().describe('Where it was read, below the directory of the checkout'),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        type: z.enum(['string', 'integer', 'number', 'boolean']),
        description: z.string().nullable(),
        default: value,
        oneOf: z.array(z.string()).nullable(),
        pattern: z.string().nullable(),
        min: z.number().nullable(),
        max: z.number().nullable(),
        mayVary: z.boolean().describe('A run with another value than the default proves the service as well'),
      }),
    )
    .describe('Values that a run may be given'),
  roles: z
    .array(z.object({ role: z.string(), description: z.string(), required: z.boolean(), distinct: z.boolean() }))
    .describe('Roles of people, who may be named when a run is started'),
  attended: z.boolean().describe('A run waits for people before the recovery begins'),
  required: z.array(z.enum(TARGETS)).describe('Targets that a run must measure and meet'),
  steps: z
    .array(z.object({ step: z.string(), name: z.string().nullable() }))
    .describe('What is done, in order; the name of a manual step'),
});

/** The outline of a definition. */
export function outlineView({ name, definition }: DefinitionFile): z.input<typeof outlineSchema> {
  const { parameters = {}, participants = [], attended, objectives, steps = [] } = definition ?? {};
  return {
    file: `drills/${name}.yaml`,
    parameters: Object.entries(parameters).map(([parameter, declared]) => ({
      ...{ name: parameter, type: declared.type, default: declared.default, mayVary: declared.mayVary },
      description: declared.description ?? null,
      oneOf: 'oneOf' in declared ? [...(declared.oneOf ?? [])] : null,
      pattern: 'pattern' in declared ? (declared.pattern ?? null) : null,
      min: 'min' in declared ? (declared.min ?? null) : null,
      max: 'max' in declared ? (declared.max ?? null) : null,
    })),
    roles: participants.map(({ role, description, required, distinct }) => ({ role, description, required, distinct })),
    attended: attended !== undefined,
    required: [...(objectives?.required ?? [])],
    steps: steps.map((step) => ({ step: step.step, name: 'name' in step ? (step.name ?? null) : null })),
  };
}

/** For the reference. */
export const EXAMPLE_OUTLINE: z.input<typeof outlineSchema> = {
  file: 'drills/muster-database.yaml',
  parameters: [],
  roles: [{ role: 'verifier', description: 'Compares what came back', required: true, distinct: false }],
  attended: false,
  required: ['recover', 'rpo'],
  steps: [
    { step: 'fetch', name: null },
    { step: 'manual', name: 'check-totals' },
  ],
};
