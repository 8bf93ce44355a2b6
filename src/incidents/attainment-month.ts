import { Temporal } from 'temporal-polyfill';
import { lastAtMost } from '../sla/sorted-numbers.ts';

/** A period as instants, with the months that lie in it by the calendar of its zone. */
export interface Period {
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
  /** The month in which an instant of the period lies: `2026-11`. */
  monthAt(instantMs: number): string;
}

/** @param days `from` and `until` (not included) as dates: their midnights in the zone, or where there is none the first instant of the day. */
export function periodOf(days: { readonly from: string; readonly until: string; readonly zone: string }): Period {
  const startMs = (date: Temporal.PlainDate) => date.toZonedDateTime(days.zone).epochMilliseconds;
  const from = Temporal.PlainDate.from(days.from);
  const until = Temporal.PlainDate.from(days.until);
  const names: string[] = [];
  const starts: number[] = [];
  for (
    let month = from.toPlainYearMonth();
    Temporal.PlainDate.compare(month.toPlainDate({ day: 1 }), until) < 0;
    month = month.add({ months: 1 })
  ) {
    names.push(month.toString());
    starts.push(startMs(month.toPlainDate({ day: 1 })));
  }
  const sorted = Float64Array.from(starts);
  return {
    fromMs: startMs(from),
    untilMs: startMs(until),
    monthAt: (instantMs) => names[Math.max(0, lastAtMost(sorted, instantMs))] ?? '',
  };
}
