import { z } from 'zod';
import type { ExplainedDays } from './clock-explanation.ts';

/** A line of an explanation by days, as the API shows it. */
export const explainedDaysView = z.object({
  fromDate: z.iso.date(),
  untilDate: z.iso.date().describe('The same date, or the last of successive days of which nothing counts'),
  openSeconds: z.number(),
  countedSeconds: z.number(),
  names: z.array(z.string()).describe('What the calendar calls days of these'),
});

export function viewOfExplainedDays(days: ExplainedDays): z.input<typeof explainedDaysView> {
  const { openMs, countedMs, names, ...dates } = days;
  return { ...dates, openSeconds: openMs / 1000, countedSeconds: countedMs / 1000, names: [...names] };
}
