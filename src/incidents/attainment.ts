import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { isZone } from '../kernel/zone.ts';
import type { BreachCauseName } from '../sla/breach-cause.ts';
import { CLOCK_KINDS, type ClockKind } from '../sla/clock-kind.ts';

/** What figures of attainment can be told apart by. */
export const ATTAINMENT_DIMENSIONS = ['severity', 'kind', 'service', 'team', 'month'] as const;

export type AttainmentDimension = (typeof ATTAINMENT_DIMENSIONS)[number];

/** Ten years. */
const MONTHS_MAX = 120;

const FIRST_DATE = '2000-01-01';
const LAST_DATE = '2200-01-01';

const date = z.iso.date({ abort: true }).refine((text) => text >= FIRST_DATE && text <= LAST_DATE, {
  message: `must lie between ${FIRST_DATE} and ${LAST_DATE}`,
  abort: true,
});

/** A period of whole days in a zone. */
export const periodFields = {
  from: date.describe('The first day of the period, in the zone'),
  until: date.describe('The day behind the last one'),
  zone: z
    .string()
    .max(60)
    .refine(isZone, { message: 'must be a name of the time zone database, such as Asia/Shanghai' })
    .default('UTC')
    .describe('Whose days and months count'),
};

/** @returns what is wrong with a period, if anything. */
export function periodProblem({ from, until }: { readonly from: string; readonly until: string }): string | undefined {
  if (until <= from) return 'must lie after from';
  const { months, days } = Temporal.PlainDate.from(from).until(until, { largestUnit: 'month' });
  return months > MONTHS_MAX || (months === MONTHS_MAX && days > 0) ? 'must lie within ten years from from' : undefined;
}

const isDimension = (name: string) => ATTAINMENT_DIMENSIONS.some((known) => known === name);

const dimensions = z
  .string()
  .max(60)
  .refine((text) => text.split(',').every(isDimension), {
    message: `must be of ${ATTAINMENT_DIMENSIONS.join(', ')}, with commas between`,
  })
  .transform((text) => ATTAINMENT_DIMENSIONS.filter((name) => text.split(',').includes(name)));

/** Which clocks are counted, and what they are told apart by. */
export const attainmentQuery = z
  .strictObject({
    ...periodFields,
    by: dimensions
      .default(['severity', 'kind'])
      .describe('What the rows are told apart by, with commas between: severity, kind, service, team, month'),
    severity: z.enum(SEVERITIES).optional().describe('Only clocks of this severity'),
    kind: z.enum(CLOCK_KINDS).optional().describe('Only clocks of this kind'),
    serviceId: z.uuid().toLowerCase().optional().describe('Only clocks that concern this service'),
    teamId: z.uuid().toLowerCase().optional().describe('Only clocks of this team'),
  })
  .superRefine((query, context) => {
    const message = periodProblem(query);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['until'], message });
  });

export type AttainmentQuery = z.output<typeof attainmentQuery>;

/** What is counted; the zone and the days are those that were asked for. */
export type AttainmentFilter = Omit<AttainmentQuery, 'by'>;

/** What a row of figures is about; undefined where rows are not told apart by it, null where a clock has none. */
export interface AttainmentGroup {
  readonly severity?: Severity;
  readonly kind?: ClockKind;
  readonly serviceId?: string | null;
  readonly teamId?: string | null;
  /** Such as `2026-11`: in which the clock was started. */
  readonly month?: string;
}

/** How many clocks share something. */
export interface Share<Of extends string> {
  readonly of: Of;
  readonly clocks: number;
}

/** The figures of a group of clocks. A breached clock is counted once, open or stopped. */
export interface AttainmentFigures {
  readonly clocks: number;
  /** Stopped in time. */
  readonly met: number;
  /** Stopped too late. */
  readonly breached: number;
  readonly open: {
    /** Not due yet, and not at risk. */
    readonly onTrack: number;
    /** Not due yet, with three quarters or more of what is allotted consumed. */
    readonly atRisk: number;
    readonly breached: number;
    /** Of these, whatever they are counted as, those that stand still. */
    readonly paused: number;
  };
  /** Clocks whose calendar does not reach far enough any more, so that nobody can tell. */
  readonly unreadable: number;
  /** Met, of all that are decided; null while nothing is. */
  readonly metPercent: number | null;
  /** Of the stopped clocks, as each counts its time. Null where kinds are mixed, or nothing is stopped. */
  readonly measured: {
    readonly clocks: number;
    readonly p50Seconds: number;
    readonly p90Seconds: number;
    /** How the time is counted; `mixed`: by some clocks around the clock, by others in business time. */
    readonly counted: 'always' | 'business' | 'mixed';
  } | null;
  /** Why they were breached, by what people stated, most often first. */
  readonly causes: readonly Share<BreachCauseName | 'not-stated'>[];
  /** Why breached clocks stood still, most often first. */
  readonly pauses: readonly Share<string>[];
}

/** A row of figures. */
interface AttainmentRow {
  readonly group: AttainmentGroup;
  readonly figures: AttainmentFigures;
}

/** Attainment as it was read at an instant. */
export interface Attainment {
  readonly readAtMs: number;
  readonly total: AttainmentFigures;
  readonly rows: readonly AttainmentRow[];
}
