import { z } from 'zod';

/** A span of one day by the wall clock, in whole minutes of the day: open from `fromMinute` until before `untilMinute`. */
export interface DayWindow {
  /** 0 to 1439. */
  readonly fromMinute: number;
  /** 1 to 1440; 1440 is 24:00, the midnight that ends the day. */
  readonly untilMinute: number;
}

export const MINUTES_OF_DAY = 1440;

/** More windows than a day of shifts has; a bound on what is kept and read. */
const WINDOWS_A_DAY_MAX = 12;

const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** `09:30` as minutes of the day, `24:00` as 1440; undefined for what is no such time. */
function minuteOf(time: string): number | undefined {
  const [matched, hours, minutes] = TIME.exec(time) ?? [];
  if (matched === undefined) return undefined;
  return hours === undefined ? MINUTES_OF_DAY : Number(hours) * 60 + Number(minutes);
}

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** A window as the API shows it. */
export const windowView = z.object({
  from: z.string().describe('By the wall clock of the zone, such as 09:00'),
  until: z.string().describe('Not included; 24:00 is the end of the day'),
});

/** @returns what {@link windowView} describes. */
export function viewOfWindow(window: DayWindow): z.infer<typeof windowView> {
  return { from: timeOf(window.fromMinute), until: timeOf(window.untilMinute) };
}

/** A window in words: `09:00-12:00`. */
function formatWindow(window: DayWindow): string {
  return `${timeOf(window.fromMinute)}-${timeOf(window.untilMinute)}`;
}

const timeSchema = (meaning: string) =>
  z
    .string()
    .regex(TIME, 'must be a time such as 09:00, or 24:00')
    .transform((time) => minuteOf(time) ?? Number.NaN)
    .describe(meaning);

/** The windows of one day as the API takes them; out come {@link DayWindow}s in the order of the day. None is a closed day. */
export const windowsSchema = z
  .array(
    z
      .strictObject({
        from: timeSchema('By the wall clock of the zone, such as 09:00'),
        until: timeSchema('Not included; 24:00 is the end of the day'),
      })
      .transform(({ from, until }): DayWindow => ({ fromMinute: from, untilMinute: until })),
  )
  .max(WINDOWS_A_DAY_MAX)
  .transform((windows, context) => {
    const ordered = windows.toSorted((left, right) => left.fromMinute - right.fromMinute);
    for (const message of windowProblems(ordered)) context.addIssue({ code: 'custom', message });
    return ordered;
  });

/** What is wrong with the windows of one day, which are in the order of their beginnings. */
function windowProblems(ordered: readonly DayWindow[]): string[] {
  return ordered.flatMap((window, index) => {
    if (window.untilMinute <= window.fromMinute) {
      return [
        `${formatWindow(window)} ends before it begins: a shift over midnight is two windows, to 24:00 and from 00:00`,
      ];
    }
    const next = ordered[index + 1];
    return next && next.fromMinute < window.untilMinute
      ? [`${formatWindow(window)} and ${formatWindow(next)} overlap`]
      : [];
  });
}

/**
 * Windows in the words of {@link formatWindow}, separated by blanks or semicolons; an empty text is a closed day.
 * @returns the windows in the order of the day, or the message that says what is wrong.
 */
export function parseWindows(text: string): readonly DayWindow[] | string {
  const windows: DayWindow[] = [];
  for (const word of text.split(/[\s;]+/).filter((piece) => piece !== '')) {
    const [from = '', until = '', more] = word.split('-');
    const [fromMinute, untilMinute] = [minuteOf(from), minuteOf(until)];
    if (fromMinute === undefined || untilMinute === undefined || more !== undefined) {
      return `"${word.slice(0, 40)}" is no window such as 09:00-12:00`;
    }
    windows.push({ fromMinute, untilMinute });
  }
  if (windows.length > WINDOWS_A_DAY_MAX) return `a day has at most ${WINDOWS_A_DAY_MAX} windows`;
  windows.sort((left, right) => left.fromMinute - right.fromMinute);
  return windowProblems(windows)[0] ?? windows;
}
