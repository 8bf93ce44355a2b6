import { z } from 'zod';
import {
  openUntilMs,
  viewOfWeeklyWindow,
  type WeeklyWindow,
  weeklyWindowOf,
  windowFields,
} from '../../kernel/weekly-window.ts';
import type { Urgency } from '../notice.ts';

/** A weekly window in which only what is urgent enough is sent; the rest waits until it ends. */
export interface QuietTime {
  readonly window: WeeklyWindow;
  /** What goes out all the same has this urgency or more. */
  readonly urgentFrom: Urgency;
}

const MINUTES_OF_WEEK = 7 * 1440;

/** Windows that follow one another without a gap are one wait; a week has no more of them than this. */
const WINDOWS_MAX = 50;

const quietTimeSchema = z
  .strictObject({
    ...windowFields,
    urgentFrom: z
      .union([z.literal(2), z.literal(3), z.literal(4)])
      .describe('This urgency and more goes out all the same'),
  })
  .refine(({ fromWeekday, from, untilWeekday, until }) => fromWeekday !== untilWeekday || from !== until, {
    message: 'must end at another time than it begins',
  })
  .transform(({ urgentFrom, ...fields }): QuietTime => ({ window: weeklyWindowOf(fields), urgentFrom }));

/** Quiet times as the API takes them. What waits is never lost: some minute of the week must be open to everything. */
export const quietTimesSchema = z
  .array(quietTimeSchema)
  .max(WINDOWS_MAX)
  // Not a refinement: those see what is no quiet time as well.
  .transform((times, context) => {
    if (coverWeek(times.map(({ window }) => window))) {
      context.addIssue({ code: 'custom', message: 'must leave some time of the week for what is not urgent' });
    }
    return times;
  })
  .describe('Weekly windows in which only urgent notices are sent; the others wait until they end');

/** A quiet time as {@link quietTimesSchema} takes it. */
export const viewOfQuietTime = ({ window, urgentFrom }: QuietTime) => ({ ...viewOfWeeklyWindow(window), urgentFrom });

/**
 * When what has an urgency may be sent, in milliseconds since 1970: now, or when the quiet times that hold it end.
 */
export function sendableAtMs(times: readonly QuietTime[], zone: string, urgency: Urgency, nowMs: number): number {
  let atMs = nowMs;
  // Each round passes the end of a window. Those of a week do not cover it, so there is an end.
  for (let round = 0; round < WINDOWS_MAX * 2; round += 1) {
    const ends = times
      .filter(({ urgentFrom }) => urgency < urgentFrom)
      .map(({ window }) => openUntilMs(window, zone, atMs))
      .filter((endMs) => endMs !== undefined);
    if (ends.length === 0) break;
    atMs = Math.max(...ends);
  }
  return atMs;
}

function coverWeek(windows: readonly WeeklyWindow[]): boolean {
  const spans = windows
    .flatMap(({ fromMinute, untilMinute }) =>
      untilMinute > fromMinute
        ? [[fromMinute, untilMinute] as const]
        : [[fromMinute, MINUTES_OF_WEEK] as const, [0, untilMinute] as const],
    )
    .toSorted(([left], [right]) => left - right);
  let coveredUntil = 0;
  for (const [from, until] of spans) {
    if (from > coveredUntil) return false;
    coveredUntil = Math.max(coveredUntil, until);
  }
  return coveredUntil >= MINUTES_OF_WEEK;
}
