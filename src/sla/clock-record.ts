import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { CLOCK_KINDS, type ClockKind } from './clock-kind.ts';
import type { ClockSegments } from './clock-segment.ts';
import { type Term, termSchema } from './term.ts';

/** The percentage that stands for the breach among the marks. */
export const BREACH_PERCENT = 100;

/** Shares of the term whose instants are recorded, unless stated. */
export const MARK_PERCENTS = [50, 75, 90];

/** A mark that was recorded. It stays, even when what is entered later says that it was not reached. */
interface RecordedMark {
  readonly percent: number;
  readonly reachedAtMs: number;
  readonly recordedAtMs: number;
}

/** A term that a clock has, or had until it was re-based. */
export interface ClockPromise {
  readonly term: Term;
  readonly policyVersion: number | null;
  /** Whose target it is. */
  readonly severity: Severity;
  readonly fromMs: number;
  /** Why it was re-based; absent in the first. */
  readonly reason?: string;
  readonly by?: string;
}

/** A clock as it is kept. */
export interface ClockRecord {
  readonly id: string;
  readonly kind: ClockKind;
  /** That of its last promise. */
  readonly severity: Severity;
  readonly subject: string;
  readonly serviceId: string | null;
  /** Frozen at the start; that of its last re-basing, if there was one. */
  readonly term: Term;
  /** Of the policy that sets the term; null when no policy does. */
  readonly policyVersion: number | null;
  /** How it was started, and how it was re-based since, in their order. */
  readonly promises: readonly [ClockPromise, ...ClockPromise[]];
  /** Null for a term around the clock that needs none. */
  readonly calendarId: string | null;
  readonly markPercents: readonly number[];
  readonly createdAt: Temporal.Instant;
  readonly createdBy: string | null;
  readonly segments: ClockSegments;
  readonly recordedMarks: readonly RecordedMark[];
  /** The request for a pause that waits for a decision. */
  readonly openPauseRequestId: string | null;
}

/** What `If-Match` names: it changes with every segment and every re-basing. */
export function versionOfClock({ segments, promises }: Pick<ClockRecord, 'segments' | 'promises'>): number {
  return segments.length + promises.length - 1;
}

/** When it happened, for whatever is entered later. */
export const backDating = {
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When it happened, if that was before now; then lateBecause is needed'),
  lateBecause: lineText(500).optional().describe('Why it is entered later than it happened'),
};

/** A clock that is to be started. */
export const newClockSchema = z.strictObject({
  kind: z.enum(CLOCK_KINDS).describe('What it measures'),
  severity: z.enum(SEVERITIES).describe('Whose targets hold'),
  subject: lineText(200).describe('What it is about, such as the number of an incident'),
  serviceId: z.uuid().toLowerCase().optional().describe('The service that is concerned'),
  term: termSchema.optional().describe('What is promised, of kinds that the policy sets no target for'),
  calendarId: z
    .uuid()
    .toLowerCase()
    .optional()
    .describe('The working calendar; needed for business time and working days'),
  markPercents: z
    .array(z.int().min(1).max(99))
    .max(10)
    .transform((percents) => [...new Set(percents)].toSorted((left, right) => left - right))
    .default([...MARK_PERCENTS])
    .describe('Shares of the term whose instants are recorded, besides the breach'),
  ...backDating,
});

/** An open clock gets the target of the policy that is in force now. */
export const rebaseSchema = z.strictObject({ reason: lineText(500).describe('Why what was promised is replaced') });

export const stopSchema = z.strictObject({ ...backDating });

export type NewClock = z.infer<typeof newClockSchema>;
export type BackDating = z.infer<typeof stopSchema>;
