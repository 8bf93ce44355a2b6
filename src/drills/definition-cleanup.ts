import { z } from 'zod';
import { scriptFields } from './definition-script.ts';

/** A week: the migration holds the same. */
const KEEP_MINUTES_MAX = 7 * 24 * 60;

const cleanupStep = z
  .strictObject({
    step: z.literal('run'),
    ...scriptFields,
    timeoutSeconds: z.int().min(1).max(86_400).default(600).describe('The step fails when it takes longer'),
  })
  .describe('Carry out a script on what is there of the sandbox, as a run step does');

/** What a drill does to clean up after itself, besides what the runner removes in any case, and what stays for a while. */
export const cleanupSchema = z
  .strictObject({
    steps: z
      .array(cleanupStep)
      .max(10)
      .default([])
      .describe(
        'Scripts that run at the end, whether the drill succeeded, failed or was cancelled, each of them also after one that failed; then the runner removes all that the run made',
      ),
    keep: z
      .literal('onFailure')
      .optional()
      .describe(
        'Of a run that failed, or whose data did not validate, the files stay; never of one that was cancelled or interrupted, or whose clean-up steps failed',
      ),
    forMinutes: z
      .int()
      .min(1)
      .max(KEEP_MINUTES_MAX)
      .optional()
      .describe('With keep: how long they stay, a week at most; sooner gone when a run needs their room'),
  })
  .superRefine(({ keep, forMinutes }, context) => {
    if ((keep === undefined) === (forMinutes === undefined)) return;
    const [missing, other] = keep === undefined ? ['keep', 'forMinutes'] : ['forMinutes', 'keep'];
    context.addIssue({ code: 'custom', message: `${missing} is missing: ${other} goes with it` });
  })
  .describe(
    'What the drill puts right at its end, and what becomes of the sandbox; without keep it is removed at once',
  );

export type CleanupStep = z.infer<typeof cleanupStep>;
