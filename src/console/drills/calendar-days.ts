import type { Calendar } from './drill-data.ts';

/** A month in the reader's zone. */
export interface Month {
  readonly year: number;
  /** From 0. */
  readonly index: number;
  readonly start: Date;
}

/** One day with what is on it. */
interface Day {
  readonly date: Date;
  readonly runs: Calendar['runs'];
  readonly slots: Calendar['slots'];
  readonly isToday: boolean;
  /** Of the first day: its column in a week that begins with Monday. */
  readonly column: number | undefined;
}

function monthAt(year: number, index: number): Month {
  const start = new Date(year, index, 1);
  return { year: start.getFullYear(), index: start.getMonth(), start };
}

/** The month that an address names as `2026-11`; the present one when it names none. */
export function monthOf(text: string | undefined): Month {
  const [, year, month] = /^(2\d{3})-(0[1-9]|1[0-2])$/.exec(text ?? '') ?? [];
  const now = new Date();
  return year && month ? monthAt(Number(year), Number(month) - 1) : monthAt(now.getFullYear(), now.getMonth());
}

export const monthText = ({ year, index }: Month) => `${year}-${String(index + 1).padStart(2, '0')}`;

/** A day as `2026-11-30`, in the reader's zone. */
export const dateText = (date: Date) =>
  `${monthText(monthAt(date.getFullYear(), date.getMonth()))}-${String(date.getDate()).padStart(2, '0')}`;

/** The month so many months later. */
export const shifted = ({ year, index }: Month, months: number) => monthAt(year, index + months);

/** Every day of a month, with its runs from the first on and what falls due. */
export function daysOf(month: Month, { runs, slots, now }: Calendar): Day[] {
  const keyOf = (at: string) => new Date(at).toDateString();
  const runsByDay = Map.groupBy(runs.toReversed(), ({ triggeredAt }) => keyOf(triggeredAt));
  const slotsByDay = Map.groupBy(slots, ({ at }) => keyOf(at));
  const count = new Date(month.year, month.index + 1, 0).getDate();
  return Array.from({ length: count }, (_, at) => {
    const date = new Date(month.year, month.index, at + 1);
    const key = date.toDateString();
    return {
      date,
      runs: runsByDay.get(key) ?? [],
      slots: slotsByDay.get(key) ?? [],
      isToday: key === keyOf(now),
      column: at === 0 ? ((date.getDay() + 6) % 7) + 1 : undefined,
    };
  });
}
