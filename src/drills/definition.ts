import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import { checkTiming } from '../scheduling/calculator.ts';
import { lostSchema, resourcesSchema } from './definition-resources.ts';
import { TARGETS } from './run.ts';

/** The longest that one step may take: a day. */
const STEP_TIMEOUT_SECONDS_MAX = 86_400;

const name = (meaning: string) =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
    .describe(meaning);

const timeoutSeconds = z
  .int()
  .min(1)
  .max(STEP_TIMEOUT_SECONDS_MAX)
  .default(3600)
  .describe('The step fails when it takes longer');

const fetchStep = z
  .strictObject({ step: z.literal('fetch'), timeoutSeconds })
  .describe('Copy the recovery point from its repository into the sandbox (phase fetch)');

const verifyStep = z
  .strictObject({
    step: z.literal('verify'),
    level: z
      .enum(['digest', 'structure', 'content'])
      .default('content')
      .describe('How deep: whole-file digests, the archive decoded to its end, or every entry against the manifest'),
    timeoutSeconds,
  })
  .describe('Check the copy; anything but a sound verdict stops the drill here (phase verify)');

const extractStep = z
  .strictObject({ step: z.literal('extract'), timeoutSeconds })
  .describe('Unpack the verified copy into the sandbox (phase restore)');

const postgresStep = z
  .strictObject({
    step: z.literal('postgres'),
    recoverTo: z
      .enum(['restorePoint'])
      .default('restorePoint')
      .describe('The point in time: the named restore point at which the comparison figures were taken'),
    timeoutSeconds,
  })
  .describe('Start a scratch PostgreSQL server on the unpacked base backup and recover it (phase restore)');

const stepSchema = z.discriminatedUnion('step', [fetchStep, verifyStep, extractStep, postgresStep]);

const tablesCheck = z
  .strictObject({ check: z.literal('tables') })
  .describe('Row counts and fingerprints of every leaf table against the recovery point’s record; none is a failure');

const canaryCheck = z
  .strictObject({ check: z.literal('canary') })
  .describe('Decrypt a canary from the restored data with the exported key');

const checkSchema = z.discriminatedUnion('check', [tablesCheck, canaryCheck]);

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
      })
      .describe('What the run is judged by'),
    followUp: z
      .strictObject({
        dueDays: z.int().min(1).max(365).default(7).describe('Days until an action that this drill opens is due'),
      })
      .default({ dueDays: 7 })
      .describe('What a failed run or a missed target leads to'),
    schedule: z
      .strictObject({
        cron: lineText(200).describe('Five cron fields'),
        zone: lineText(64).default('UTC').describe('IANA time zone of the cron fields'),
        catchUp: z
          .enum(['skip', 'latest'])
          .default('latest')
          .describe('After downtime: leave missed slots out, or run once for the latest'),
      })
      .optional()
      .describe('When the drill runs by itself; without it, only when somebody starts it'),
    recoveryPoint: z
      .strictObject({
        set: name('The backup set'),
        select: z
          .enum(['latest', 'latestSound'])
          .default('latestSound')
          .describe('The newest recovery point whatever its last check said, or the newest that a check called sound'),
      })
      .describe('Which backup is restored'),
    resources: resourcesSchema.optional(),
    steps: z.array(stepSchema).min(1).max(20).describe('What is done, in order'),
    validation: z.array(checkSchema).min(1).max(20).describe('What must hold of the restored data; never empty'),
  })
  .superRefine(refuseUnworkable);

export type DrillDefinition = z.infer<typeof definitionSchema>;
export type DrillStep = z.infer<typeof stepSchema>;
export type ValidationCheck = z.infer<typeof checkSchema>;

/** The order in which steps may stand: nothing is unpacked that was not verified, nothing verified that was not fetched. */
const STEP_ORDER: readonly DrillStep['step'][] = ['fetch', 'verify', 'extract', 'postgres'];

interface Workable {
  readonly steps: DrillStep[];
  readonly validation: ValidationCheck[];
  readonly schedule?: { readonly cron: string; readonly zone: string } | undefined;
}

function refuseUnworkable(definition: Workable, context: z.RefinementCtx): void {
  refuseTiming(definition, context);
  const steps = definition.steps.map((step) => step.step);
  steps.forEach((step, index) => {
    if (steps.indexOf(step) < index) complain(context, ['steps', index], `a drill has one ${step} step`);
    const before = STEP_ORDER[STEP_ORDER.indexOf(step) - 1];
    if (before !== undefined && !steps.slice(0, index).includes(before)) {
      complain(context, ['steps', index], `${step} needs a ${before} step before it`);
    }
  });
  definition.validation.forEach((check, index) => {
    if (!steps.includes('postgres')) {
      complain(context, ['validation', index], `the ${check.check} check needs a postgres step that starts the server`);
    }
    if (definition.validation.findIndex((other) => other.check === check.check) < index) {
      complain(context, ['validation', index], `the ${check.check} check stands here twice`);
    }
  });
}

function refuseTiming({ schedule }: Workable, context: z.RefinementCtx): void {
  if (!schedule) return;
  try {
    checkTiming(schedule);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    for (const { field, message } of thrown.fields) complain(context, ['schedule', field.slice('#/'.length)], message);
  }
}

function complain(context: z.RefinementCtx, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}

/** The JSON Schema (2020-12) of a drill's file, published as `drills/drill.schema.json` for editors. */
export function drillJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(definitionSchema, { target: 'draft-2020-12', io: 'input' }),
    title: 'Muster drill',
    description: 'A scripted rehearsal of a recovery: drills/NAME.yaml.',
  };
}
