import { z } from 'zod';
import type { DrillDefinition } from './definition.ts';
import type { StepAttempt } from './step-attempt.ts';

const GROUP_OUTCOMES = ['done', 'failed', 'interrupted', 'not reached'] as const;
type GroupOutcome = (typeof GROUP_OUTCOMES)[number];

/** A group of steps, as a report has it. */
export const stepGroupSchema = z.object({
  name: z.string(),
  title: z.string(),
  positions: z.array(z.int()).describe('Its steps, by their places in the definition'),
  outcome: z
    .enum(GROUP_OUTCOMES)
    .describe(
      '`failed`: one of its steps, whether or not the run went on; `not reached`: none of them was carried out',
    ),
  startedAt: z.iso.datetime().nullable(),
  seconds: z
    .number()
    .min(0)
    .nullable()
    .describe('From the beginning of its first step to the end of its last, what lies between included'),
});

export type StepGroup = z.output<typeof stepGroupSchema>;

/** The groups of a definition in the order of their steps, with what came of them. */
export function stepGroups(
  definition: Pick<DrillDefinition, 'groups' | 'steps'> | undefined,
  attempts: readonly StepAttempt[],
): StepGroup[] {
  const { groups = {}, steps = [] } = definition ?? {};
  const names = [...new Set(steps.flatMap(({ group }) => group ?? []))];
  return names.map((name) => {
    const positions = steps.flatMap((step, position) => (step.group === name ? [position] : []));
    const tries = attempts.filter(({ position }) => positions.includes(position));
    const startMs = Math.min(...tries.map(({ startedAt }) => startedAt.getTime()));
    const ends = tries.flatMap(({ startedAt, seconds }) =>
      seconds === null ? [] : [startedAt.getTime() + seconds * 1000],
    );
    return {
      ...{ name, title: groups[name]?.title ?? name, positions, outcome: outcomeOf(tries) },
      startedAt: tries.length === 0 ? null : new Date(startMs).toISOString(),
      seconds: ends.length === 0 ? null : Math.max(0, Math.max(...ends) - startMs) / 1000,
    };
  });
}

function outcomeOf(tries: readonly StepAttempt[]): GroupOutcome {
  if (tries.length === 0) return 'not reached';
  const lasts = [...Map.groupBy(tries, ({ position }) => position).values()].map((ofStep) => ofStep.at(-1)?.outcome);
  if (lasts.some((outcome) => outcome === 'failed' || outcome === 'continued')) return 'failed';
  return lasts.every((outcome) => outcome === 'done') ? 'done' : 'interrupted';
}
