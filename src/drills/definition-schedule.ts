import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { SURPRISE_PERIODS, type Surprise, WEEKDAYS } from '../scheduling/surprise.ts';

const WINDOW = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Once in a period, at a minute that nobody knows beforehand. */
const surpriseSchema = z
  .strictObject({
    every: z.enum(SURPRISE_PERIODS).describe('Once in each of these'),
    window: z
      .string()
      .regex(WINDOW, 'must be two times of day: 08:00-18:00')
      .refine((window) => window.slice(0, 5) < window.slice(6), 'must end after it begins, on the same day')
      .describe('The times of day between which it begins, in the zone; 24:00 is the end of the day'),
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(WEEKDAYS.length)
      .default(['mon', 'tue', 'wed', 'thu', 'fri'])
      .describe('The days of the week on which it may begin'),
  })
  .describe('A random minute that nobody is told beforehand; nothing shows it until it has come');

/** When a drill runs by itself. */
export const scheduleSchema = z
  .strictObject({
    cron: lineText(200).optional().describe('Five cron fields'),
    surprise: surpriseSchema.optional(),
    zone: lineText(64).default('UTC').describe('IANA time zone of the cron fields, or of the window'),
    catchUp: z
      .enum(['skip', 'latest'])
      .default('latest')
      .describe('After downtime: leave missed slots out, or run once for the latest'),
    overlap: z
      .enum(['skip', 'wait'])
      .default('skip')
      .describe(
        'A slot that falls due while a run of the same drill goes on: it is left out, or waits; either has a row',
      ),
    startWithinMinutes: z
      .int()
      .min(1)
      .max(1440)
      .default(60)
      .describe('A run that has not had its turn by then, counted from its trigger, is missed: its row says so'),
  })
  .superRefine(({ cron, surprise }, context) => {
    if (cron === undefined && surprise === undefined) {
      context.addIssue({ code: 'custom', message: 'cron is missing, or surprise in its place' });
    }
    if (cron !== undefined && surprise !== undefined) {
      context.addIssue({ code: 'custom', message: 'has both cron and surprise: keep one' });
    }
  })
  .describe('When the drill runs by itself; without it, only when somebody starts it');

type DrillSchedule = z.infer<typeof scheduleSchema>;

/** The fields of cron of a schedule; those of a surprise are the beginnings of its windows. */
export function cronOf({ cron, surprise }: Pick<DrillSchedule, 'cron' | 'surprise'>): string {
  if (cron !== undefined || surprise === undefined) return cron ?? '';
  const [hour, minute] = surprise.window.slice(0, 5).split(':').map(Number);
  return `${minute} ${hour} * * ${surprise.days.map((day) => day.toUpperCase()).join(',')}`;
}

/** The surprise of a schedule as the scheduler takes it. */
export function surpriseOf({ surprise }: Pick<DrillSchedule, 'surprise'>): Surprise | undefined {
  if (!surprise) return undefined;
  const { every, window, days } = surprise;
  return { every, from: window.slice(0, 5), until: window.slice(6), days };
}
