import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import { checkTiming } from '../scheduling/calculator.ts';
import { type Attended, attendedSchema } from './definition-attended.ts';
import { checkSchema } from './definition-checks.ts';
import { cleanupSchema } from './definition-cleanup.ts';
import { refuseTooLong } from './definition-duration.ts';
import { groupsSchema, refuseGroups, withGroups } from './definition-groups.ts';
import { type LostData, refuseLost } from './definition-lost.ts';
import { refuseUnordered, type StepsAndChecks } from './definition-order.ts';
import { parametersSchema } from './definition-parameters.ts';
import { participantsSchema, refuseUnknownAnswers } from './definition-participants.ts';
import { recoveryPointSchema } from './definition-point.ts';
import { type Preflown, preflightSchema, refuseUnpreparable } from './definition-preflight.ts';
import { complain } from './definition-problem.ts';
import { lostSchema, resourcesSchema } from './definition-resources.ts';
import { cronOf, scheduleSchema } from './definition-schedule.ts';
import { refuseUnknownServices } from './definition-services.ts';
import { stepSchema } from './definition-steps.ts';
import { ownTargetsSchema } from './objectives.ts';
import { TARGETS } from './run.ts';

const name = (meaning: string) =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
    .describe(meaning);

/** A drill definition, as its YAML file holds it. Unknown keys are refused. */
export const definitionSchema = z
  .strictObject({
    apiVersion: z.literal('muster/v1'),
    kind: z.literal('Drill'),
    name: name('The drill’s name: also the name of its file, without .yaml'),
    title: lineText(200).describe('What is rehearsed, in one line'),
    service: lineText(120).describe('The service that the drill recovers, as the register names it (case aside)'),
    scenario: z
      .strictObject({
        description: longText(4000).describe('What is supposed to have happened'),
        lost: lostSchema.optional(),
      })
      .describe('What is supposed to have happened'),
    objectives: z
      .strictObject({
        severity: z.enum(SEVERITIES).describe('Whose targets of the SLA policy are judged'),
        required: z
          .array(z.enum(TARGETS))
          .min(1)
          .max(TARGETS.length)
          .default(['recover', 'rpo'])
          .describe('Targets that the run must measure and meet to be a success'),
        targets: ownTargetsSchema.optional(),
      })
      .describe('What the run is judged by'),
    followUp: z
      .strictObject({
        dueDays: z.int().min(1).max(365).default(7).describe('Days until an action that this drill opens is due'),
      })
      .default({ dueDays: 7 })
      .describe('What a failed run or a missed target leads to'),
    schedule: scheduleSchema.optional(),
    parameters: parametersSchema.optional(),
    recoveryPoint: recoveryPointSchema,
    participants: participantsSchema.optional(),
    attended: attendedSchema.optional(),
    preflight: preflightSchema.optional(),
    resources: resourcesSchema.optional(),
    groups: groupsSchema.optional(),
    steps: z.array(stepSchema).min(1).max(20).describe('What is done, in order'),
    validation: z.array(checkSchema).min(1).max(20).describe('What must hold of the restored data; never empty'),
    cleanup: cleanupSchema.optional(),
  })
  .superRefine(refuseGroups)
  .transform(withGroups)
  .superRefine(refuseUnworkable);

export type DrillDefinition = z.infer<typeof definitionSchema>;
interface Workable extends StepsAndChecks, Preflown {
  readonly attended?: Attended | undefined;
  readonly cleanup?: z.infer<typeof cleanupSchema> | undefined;
  readonly participants?: z.infer<typeof participantsSchema> | undefined;
  readonly resources?: { readonly waitSeconds: number } | undefined;
  readonly scenario: { readonly lost?: LostData | undefined };
  readonly schedule?: z.infer<typeof scheduleSchema> | undefined;
}

function refuseUnworkable(definition: Workable, context: z.RefinementCtx): void {
  refuseLost(definition.scenario.lost, definition.steps, context);
  refuseTiming(definition, context);
  refuseUnordered(definition, context);
  refuseUnpreparable(definition, context);
  refuseUnknownServices(definition, context);
  refuseTooLong(definition, context);
  refuseUnknownAnswers(definition, context);
}

function refuseTiming({ schedule }: Workable, context: z.RefinementCtx): void {
  if (!schedule?.cron && !schedule?.surprise) return;
  try {
    checkTiming({ cron: cronOf(schedule), zone: schedule.zone });
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    for (const { field, message } of thrown.fields) complain(context, ['schedule', field.slice('#/'.length)], message);
  }
}

/** The JSON Schema (2020-12) of a drill's file, published as `drills/drill.schema.json` for editors. */
export function drillJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(definitionSchema, { target: 'draft-2020-12', io: 'input' }),
    title: 'Muster drill',
    description: 'A scripted rehearsal of a recovery: drills/NAME.yaml.',
  };
}
