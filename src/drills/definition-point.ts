import { z } from 'zod';

/** Days, hours, minutes and seconds: what has the same length at any time. */
const DURATION = /^P(?=[\dT])(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,9}S)?)?$/;

const MOMENT_ERROR =
  'must be an instant such as 2026-11-29T03:00:00Z, or a duration of days and less before the trigger such as PT2H';

const moment = z
  .union([z.iso.datetime({ offset: true, error: MOMENT_ERROR }), z.string().regex(DURATION, MOMENT_ERROR)], {
    error: MOMENT_ERROR,
  })
  .describe(
    'With select: at. The newest recovery point that is not younger than this instant (2026-11-29T03:00:00Z), or than this long before the trigger (PT2H, P1D)',
  );

/** Which recovery point a drill restores. */
export const recoveryPointSchema = z
  .strictObject({
    set: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
      .describe('The backup set'),
    select: z
      .enum(['latest', 'latestSound', 'at', 'random'])
      .default('latestSound')
      .describe(
        'The newest recovery point whatever its last check said, the newest that a check called sound, the newest that is not younger than a moment, or one that is drawn',
      ),
    at: moment.optional(),
    withinDays: z
      .int()
      .min(1)
      .max(3660)
      .optional()
      .describe(
        'With select: random. Drawn from the recovery points of so many days before the trigger; 30 unless stated',
      ),
  })
  .superRefine(({ select, at, withinDays }, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (select === 'at' && at === undefined) complain('at', 'select: at needs the moment in at');
    if (select !== 'at' && at !== undefined) complain('at', `at says nothing with select: ${select}`);
    if (select !== 'random' && withinDays !== undefined)
      complain('withinDays', `withinDays says nothing with select: ${select}`);
  })
  .describe('Which backup is restored');
