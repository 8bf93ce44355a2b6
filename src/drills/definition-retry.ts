import { z } from 'zod';

/** The longest wait between two tries: an hour. */
const WAIT_SECONDS_MAX = 3600;

/** For steps whose next try may find something else than the one before: what they reach is not the run's own. */
export const retry = z
  .strictObject({
    attempts: z.int().min(2).max(20).describe('How often it is tried in all'),
    delaySeconds: z.int().min(0).max(WAIT_SECONDS_MAX).default(5).describe('The wait before the second try'),
    backoff: z
      .number()
      .min(1)
      .max(10)
      .default(1)
      .describe('Each later wait is so many times as long as the one before it, an hour at most'),
  })
  .optional()
  .describe('Try again when it fails; tries and waits count as recovery time, and timeoutSeconds holds for each try');

export type Retry = NonNullable<z.infer<typeof retry>>;

/** For steps that others can do without. */
export const onError = z
  .enum(['fail', 'continue'])
  .optional()
  .describe(
    'fail unless stated; continue: a failure is told by the verdict and the report, and the run goes on without what it was to do',
  );

/** How long to wait after a try, counted from 1, before the next one. */
export function secondsAfter({ delaySeconds, backoff }: Retry, attempt: number): number {
  return Math.min(delaySeconds * backoff ** (attempt - 1), WAIT_SECONDS_MAX);
}

/** The longest that a step can take, all tries and waits together. */
export function secondsMax(step: { readonly timeoutSeconds: number; readonly retry?: Retry | undefined }): number {
  const { timeoutSeconds, retry: again } = step;
  if (!again) return timeoutSeconds;
  const waits = Array.from({ length: again.attempts - 1 }, (_, index) => secondsAfter(again, index + 1));
  return waits.reduce((sum, seconds) => sum + seconds, again.attempts * timeoutSeconds);
}
