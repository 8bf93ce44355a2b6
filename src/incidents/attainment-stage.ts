import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { periodFields, periodProblem } from './attainment.ts';
import type { TIMED_STAGES } from './incident-stage.ts';

/** What the times in the stages can be told apart by, besides the stage. */
export const STAGE_DIMENSIONS = ['severity', 'team', 'month'] as const;

type StageDimension = (typeof STAGE_DIMENSIONS)[number];

const isDimension = (name: string): name is StageDimension => STAGE_DIMENSIONS.some((known) => known === name);

/** Which incidents are counted, and what they are told apart by. */
export const stageTimesQuery = z
  .strictObject({
    ...periodFields,
    by: z
      .string()
      .max(60)
      .refine((text) => text.split(',').every(isDimension), {
        message: `must be of ${STAGE_DIMENSIONS.join(', ')}, with commas between`,
      })
      .transform((text) => STAGE_DIMENSIONS.filter((name) => text.split(',').includes(name)))
      .default(['severity'])
      .describe('What the rows are told apart by besides the stage, with commas between: severity, team, month'),
    severity: z.enum(SEVERITIES).optional().describe('Only incidents of this severity'),
    teamId: z.uuid().toLowerCase().optional().describe('Only incidents of this team'),
  })
  .superRefine((query, context) => {
    const message = periodProblem(query);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['until'], message });
  });

export type StageTimesQuery = z.output<typeof stageTimesQuery>;

/** How long incidents were in a stage, around the clock: all stays in it added up. */
export interface StageTimes {
  readonly stage: (typeof TIMED_STAGES)[number];
  /** Undefined where rows are not told apart by it. */
  readonly severity?: Severity;
  readonly team?: { readonly id: string; readonly name: string } | null;
  readonly month?: string;
  /** Incidents that have been in it and have left it. */
  readonly left: number;
  /** Incidents that are in it now. */
  readonly inIt: number;
  /** Of those that have left it; nearest rank. Null when none has. */
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
}
