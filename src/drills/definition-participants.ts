import { z } from 'zod';
import { longText } from '../kernel/text.ts';
import { complain } from './definition-problem.ts';
import type { DrillStep } from './definition-steps.ts';

const name = (meaning: string) =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
    .describe(meaning);

/** Who takes part in a drill, by role: who fills a role is said for each run. */
export const participantsSchema = z
  .array(
    z.strictObject({
      role: name('What the role is called: coordinator, technician, verifier'),
      description: longText(1000).describe('What whoever fills it has to do'),
      required: z.boolean().default(true).describe('A run in which nobody fills it is no success'),
      distinct: z.boolean().default(false).describe('Whoever fills it fills no other role of the run'),
      answers: z
        .array(name('A manual step, or respond or plan of attended'))
        .max(22)
        .default([])
        .describe(
          'What only this role answers, or another one that names it as well; anybody answers what no role names',
        ),
    }),
  )
  .min(1)
  .max(20)
  .describe('Roles of people; who fills one is said at the start of a run, or by the person who answers in it');

/** A role as the definition has it. */
export type DeclaredRole = z.infer<typeof participantsSchema>[number];

/** The part of a definition that people answer. */
interface Answered {
  readonly participants?: readonly DeclaredRole[] | undefined;
  readonly attended?: unknown;
  readonly steps: readonly DrillStep[];
}

/** Refuses two roles of one name, and a role that answers what nobody is asked. */
export function refuseUnknownAnswers({ participants = [], attended, steps }: Answered, context: z.RefinementCtx): void {
  const manual = steps.flatMap((step) => (step.step === 'manual' ? [step.name] : []));
  const asked = [...(attended === undefined ? [] : ['respond', 'plan']), ...manual];
  participants.forEach(({ role, answers }, index) => {
    if (participants.findIndex((other) => other.role === role) < index) {
      complain(context, ['participants', index, 'role'], `another role is called ${role}`);
    }
    answers.forEach((part, at) => {
      if (asked.includes(part)) return;
      const known = asked.length === 0 ? 'nobody is asked anything' : `people are asked for ${asked.join(', ')}`;
      complain(context, ['participants', index, 'answers', at], `nobody is asked for ${part}: ${known}`);
    });
  });
}
