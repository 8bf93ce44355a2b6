import { Temporal } from 'temporal-polyfill';
import type { LocalTime } from './local-time.ts';

/** The generations that a policy can keep, the finest first. */
export const GENERATIONS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

export type GenerationName = (typeof GENERATIONS)[number];

/**
 * The periods of one generation that have a sound point already, for points that come youngest first: so the newest point of a
 * period is the one that stands for it, and the periods that are filled are the youngest ones that have any.
 */
export class Generation {
  readonly name: GenerationName;
  readonly count: number;
  readonly #filled = new Set<string>();

  /** @param count so many periods are kept. */
  constructor(name: GenerationName, count: number) {
    this.name = name;
    this.count = count;
  }

  get isFull(): boolean {
    return this.#filled.size >= this.count;
  }

  /** Whether a sound point of this period would be kept for it. */
  isOpen(period: string): boolean {
    return !this.isFull && !this.#filled.has(period);
  }

  /** Enters the newest sound point of a period; answers the how many-th period it is. */
  fill(period: string): number {
    this.#filled.add(period);
    return this.#filled.size;
  }
}

/**
 * The period that a local time falls into, as people write it: `2026-11-28 14:00+01:00`, `2026-11-28`, `2026-W48`, `2026-11`,
 * `2026`. An hour that a change of the clocks repeats is two periods; weeks are those of ISO 8601, with their own year.
 */
export function periodOf(generation: GenerationName, { date, hour, offset }: LocalTime): string {
  switch (generation) {
    case 'hourly':
      return `${date} ${twoDigits(hour)}:00${offset}`;
    case 'daily':
      return date;
    case 'weekly':
      return weekOf(date);
    case 'monthly':
      return date.slice(0, 7);
    case 'yearly':
      return date.slice(0, 4);
  }
}

function weekOf(date: string): string {
  const { yearOfWeek, weekOfYear = 0 } = Temporal.PlainDate.from(date);
  return `${yearOfWeek}-W${twoDigits(weekOfYear)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
