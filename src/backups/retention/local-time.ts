import type { Temporal } from 'temporal-polyfill';

/** What clock and calendar of a zone show at an instant. */
export interface LocalTime {
  /** ISO 8601: `2026-11-28`. */
  readonly date: string;
  readonly hour: number;
  /** From UTC: `+01:00`. */
  readonly offset: string;
}

/** A span of time without a change of the clocks. */
interface SteadySpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
  readonly offset: string;
}

/**
 * Tells local times of one zone. To ask the zone for each instant costs a hundred times what the rest of a decision does, so it
 * is asked once for each span between two changes of the clocks: cheap for instants in their order.
 */
export class LocalClock {
  readonly #zone: string;
  #span: SteadySpan | undefined;

  /** @param zone IANA name. */
  constructor(zone: string) {
    this.#zone = zone;
  }

  at(instant: Temporal.Instant): LocalTime {
    const ms = instant.epochMilliseconds;
    const known = this.#span;
    const span = known && known.fromMs <= ms && ms < known.untilMs ? known : spanAround(instant, this.#zone);
    this.#span = span;
    const shown = new Date(ms + span.offsetMs);
    return { date: shown.toISOString().slice(0, 10), hour: shown.getUTCHours(), offset: span.offset };
  }
}

function spanAround(instant: Temporal.Instant, zone: string): SteadySpan {
  const local = instant.toZonedDateTimeISO(zone);
  // The transition before an instant is never at the instant itself.
  const from = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  const until = local.getTimeZoneTransition('next');
  return {
    fromMs: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    untilMs: until?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: local.offsetNanoseconds / 1_000_000,
    offset: local.offset,
  };
}
