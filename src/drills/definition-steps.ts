import { z } from 'zod';

/** The longest that one step may take: a day. */
const STEP_TIMEOUT_SECONDS_MAX = 86_400;

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

/** One step of a drill. */
export const stepSchema = z.discriminatedUnion('step', [fetchStep, verifyStep, extractStep, postgresStep]);

export type DrillStep = z.infer<typeof stepSchema>;

/** One kind of step. */
export type StepOf<Name extends DrillStep['step']> = Extract<DrillStep, { step: Name }>;
