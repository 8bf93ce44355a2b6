import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { isZone } from '../kernel/zone.ts';
import { HOLIDAY_SOURCES } from './calendar.ts';
import { type DayWindow, windowsSchema } from './day-window.ts';

/** The days of the week as the API names them, Monday first. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const weekday = windowsSchema.default([]);

const weeklySchema = z
  .strictObject({
    monday: weekday,
    tuesday: weekday,
    wednesday: weekday,
    thursday: weekday,
    friday: weekday,
    saturday: weekday,
    sunday: weekday,
  } satisfies Record<(typeof WEEKDAYS)[number], z.ZodType>)
  .transform((week): readonly (readonly DayWindow[])[] => WEEKDAYS.map((day) => week[day]))
  .refine((days) => days.some((windows) => windows.length > 0), {
    message: 'must be open at some time of the week: nothing would ever be due otherwise',
  });

const fields = {
  name: lineText(120).describe('Unique among calendars, whatever the case'),
  zone: z
    .string()
    .max(60)
    .refine(isZone, { message: 'must be a name of the time zone database, such as Asia/Shanghai' })
    .describe('The zone whose wall clock the windows mean'),
  weekly: weeklySchema.describe('The windows of each weekday; a weekday that is left out is closed'),
  holidays: z
    .enum(HOLIDAY_SOURCES)
    .describe(
      'none: only the listed days differ, nothing is provisional. listed: the listed days, complete for completeYears. chinese: as published in China, besides the listed days, which go before',
    ),
  makeUpWeekday: z
    .int()
    .min(1)
    .max(7)
    .describe('1 for Monday: the weekday whose windows a published make-up working day has'),
  completeYears: z
    .array(z.int().min(1970).max(2200))
    .max(100)
    .transform((years) => [...new Set(years)].toSorted((left, right) => left - right))
    .describe('Years whose holidays are all listed: what is due in another one, that is not published, is provisional'),
};

/** Years that nobody waits for would say nothing. */
const waitsForYears = [
  ({ holidays, completeYears }: { holidays?: string | undefined; completeYears?: readonly number[] | undefined }) =>
    holidays !== 'none' || (completeYears ?? []).length === 0,
  { message: 'must be empty for a calendar with holidays none', path: ['completeYears'] },
] as [(calendar: { holidays?: string | undefined; completeYears?: readonly number[] | undefined }) => boolean, object];

/** A new calendar. */
export const newCalendarSchema = z
  .strictObject({
    ...fields,
    holidays: fields.holidays.default('none'),
    makeUpWeekday: fields.makeUpWeekday.default(1),
    completeYears: fields.completeYears.default([]),
  })
  .refine(...waitsForYears);

/** A change: what is named replaces what was there, the week as a whole. */
export const calendarChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change something' })
  .refine(...waitsForYears);

export type NewCalendar = z.infer<typeof newCalendarSchema>;
export type CalendarChange = z.infer<typeof calendarChangeSchema>;

export const datedDayNameSchema = lineText(120).describe('Why it differs: the holiday, the shift, the cut-over');

/** Dates that a calendar can list. */
export const calendarDateSchema = z.iso
  .date()
  .refine((date) => date >= '1970-01-01' && date <= '2200-12-31', { message: 'must lie between 1970 and 2200' });

/** What differs on a dated day. */
export const datedDaySchema = z.strictObject({
  name: datedDayNameSchema,
  windows: windowsSchema.describe('They replace those of the weekday; none closes the day'),
});
