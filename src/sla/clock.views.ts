import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import type { OpenTimes } from './business-time.ts';
import { clockStateAt } from './clock-due.ts';
import { explainClock } from './clock-explanation.ts';
import { CLOCK_KINDS } from './clock-kind.ts';
import { readClock } from './clock-reading.ts';
import { BREACH_PERCENT, type ClockRecord, versionOfClock } from './clock-record.ts';
import { explainedDaysView, viewOfExplainedDays } from './explained-days.views.ts';
import { termSchema } from './term.ts';

const instant = z.iso.datetime();

/** What is said of a pause; all of it null for everything else. */
const pauseView = {
  reason: z.string().nullable(),
  by: z.string().nullable().describe('Who asked for the pause'),
  approvedBy: z.string().nullable().describe('The other person, who has approved it'),
  requestedAt: instant.nullable().describe('Null for pauses that were entered before there were requests'),
  approvedAt: instant.nullable().describe('Later than from: the approver has accepted the instant of the request'),
};

/** For the reference. */
export const NO_PAUSE = { reason: null, by: null, approvedBy: null, requestedAt: null, approvedAt: null };

const segmentView = z.object({
  state: z.enum(['running', 'paused', 'stopped']),
  from: instant,
  ...pauseView,
});

/** A clock as the API shows it, read at some instant. */
export const clockView = z.object({
  id: z.uuid(),
  kind: z.enum(CLOCK_KINDS),
  severity: z.enum(SEVERITIES),
  subject: z.string(),
  serviceId: z.uuid().nullable(),
  term: termSchema,
  policyVersion: z.int().nullable().describe('Of the policy that sets the term; null when no policy does'),
  calendarId: z.uuid().nullable(),
  readAt: instant,
  state: z.enum(['running', 'paused', 'stopped']),
  dueAt: instant.describe('While it is paused: what it would be if it went on now'),
  isProvisional: z.boolean(),
  consumedPercent: z.number(),
  allottedSeconds: z.number(),
  consumedSeconds: z.number(),
  remainingSeconds: z.number(),
  overrunSeconds: z.number(),
  breachedAt: instant.nullable(),
  marks: z.array(
    z.object({
      percent: z.int().describe('100 is the breach'),
      at: instant.nullable().describe('Null while it is not reached and the clock does not run'),
      isReached: z.boolean(),
      recordedAt: instant
        .nullable()
        .describe('When it was recorded; also for one that is not reached, by what was entered later'),
    }),
  ),
  segments: z.array(segmentView),
  openPauseRequestId: z.uuid().nullable().describe('The request for a pause that waits for a decision'),
  promises: z
    .array(
      z.object({
        term: termSchema,
        policyVersion: z.int().nullable(),
        severity: z.enum(SEVERITIES).describe('Whose target it is'),
        from: instant,
        reason: z.string().nullable(),
        by: z.string().nullable(),
      }),
    )
    .describe('How it was started, then each re-basing: the last one holds'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: instant,
});

/** For the reference. */
export const CLOCK_EXAMPLE: z.input<typeof clockView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  kind: 'recover',
  severity: 'emergency',
  subject: 'Incident 4711: the order database does not answer',
  serviceId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64',
  term: { unit: 'seconds', amount: 14_400, counted: 'always' },
  policyVersion: 2,
  calendarId: null,
  readAt: '2026-11-22T10:30:00.000Z',
  state: 'running',
  dueAt: '2026-11-22T13:30:00.000Z',
  isProvisional: false,
  consumedPercent: 25,
  allottedSeconds: 14_400,
  consumedSeconds: 3600,
  remainingSeconds: 10_800,
  overrunSeconds: 0,
  breachedAt: null,
  marks: [
    { percent: 50, at: '2026-11-22T11:30:00.000Z', isReached: false, recordedAt: null },
    { percent: 100, at: '2026-11-22T13:30:00.000Z', isReached: false, recordedAt: null },
  ],
  segments: [{ state: 'running', from: '2026-11-22T09:30:00.000Z', ...NO_PAUSE }],
  openPauseRequestId: null,
  promises: [
    {
      term: { unit: 'seconds', amount: 14_400, counted: 'always' },
      policyVersion: 2,
      severity: 'emergency',
      from: '2026-11-22T09:30:00.000Z',
      reason: null,
      by: null,
    },
  ],
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
};

const isoOf = (instantMs: number) => new Date(instantMs).toISOString();
const isoOrNull = (instantMs: number | null) => (instantMs === null ? null : isoOf(instantMs));

export function viewOfClock(clock: ClockRecord, atMs: number, open: OpenTimes): z.input<typeof clockView> {
  const reading = readClock(clock, atMs, open, clock.markPercents);
  const breach = { percent: BREACH_PERCENT, atMs: reading.dueMs, isReached: reading.breachedAtMs !== null };
  const recorded = new Map(clock.recordedMarks.map((mark) => [mark.percent, mark.recordedAtMs]));
  const { id, kind, severity, subject, serviceId, term, policyVersion, calendarId } = clock;
  return {
    ...{ id, kind, severity, subject, serviceId, term, policyVersion, calendarId },
    readAt: isoOf(atMs),
    state: clock.segments.at(-1)?.state ?? 'running',
    dueAt: isoOf(reading.dueMs),
    isProvisional: reading.isProvisional,
    consumedPercent: Math.round(reading.consumedPercent * 100) / 100,
    allottedSeconds: reading.allottedMs / 1000,
    consumedSeconds: reading.consumedMs / 1000,
    remainingSeconds: reading.remainingMs / 1000,
    overrunSeconds: reading.overrunMs / 1000,
    breachedAt: isoOrNull(reading.breachedAtMs),
    marks: [...reading.marks, breach].map((mark) => ({
      percent: mark.percent,
      at: isoOrNull(mark.atMs),
      isReached: mark.isReached,
      recordedAt: isoOrNull(recorded.get(mark.percent) ?? null),
    })),
    segments: clock.segments.map(viewOfSegment),
    openPauseRequestId: clock.openPauseRequestId,
    promises: clock.promises.map(({ fromMs, reason = null, by = null, ...promise }) => ({
      ...{ ...promise, reason, by },
      from: isoOf(fromMs),
    })),
    version: versionOfClock(clock),
    createdAt: clock.createdAt.toString(),
  };
}

function viewOfSegment(segment: ClockRecord['segments'][number]): z.input<typeof segmentView> {
  return { state: segment.state, from: isoOf(segment.fromMs), ...viewOfPause(segment) };
}

function viewOfPause(segment: ClockRecord['segments'][number] | undefined) {
  if (segment?.state !== 'paused') return NO_PAUSE;
  const { reason, by, approvedBy, requestedAtMs = null, approvedAtMs = null } = segment;
  return { reason, by, approvedBy, requestedAt: isoOrNull(requestedAtMs), approvedAt: isoOrNull(approvedAtMs) };
}

/** How a clock comes to what it shows, as the API answers it. */
export const explanationView = z.object({
  readAt: instant,
  dueSteps: z
    .array(
      z.object({
        step: z.enum(['term', 'pause']),
        from: instant,
        until: instant,
        addedSeconds: z.number(),
        dueAt: instant.describe('What the due time is after this step'),
        ...pauseView,
      }),
    )
    .describe('The term, then each pause that moved the due time'),
  stretches: z
    .array(
      z.object({
        state: z.enum(['running', 'paused', 'stopped']),
        from: instant,
        until: instant,
        countedSeconds: z.number(),
        ...pauseView,
      }),
    )
    .describe('The countedSeconds of the running ones add up to consumedSeconds'),
  consumedSeconds: z.number(),
  days: z.array(explainedDaysView).describe('Their countedSeconds add up to allottedSeconds. Empty around the clock'),
  allottedSeconds: z.number(),
  dueAt: instant,
});

export function viewOfExplanation(clock: ClockRecord, atMs: number, open: OpenTimes): z.input<typeof explanationView> {
  const state = clockStateAt(clock, atMs, open);
  const { dueSteps, stretches, days } = explainClock(state, open);
  return {
    readAt: isoOf(atMs),
    dueSteps: dueSteps.map(({ fromMs, untilMs, addedMs, dueMs, pause }) => ({
      step: pause ? ('pause' as const) : ('term' as const),
      from: isoOf(fromMs),
      until: isoOf(untilMs),
      addedSeconds: addedMs / 1000,
      dueAt: isoOf(dueMs),
      ...viewOfPause(pause),
    })),
    stretches: stretches.map(({ segment, fromMs, untilMs, countedMs }) => ({
      state: segment.state,
      from: isoOf(fromMs),
      until: isoOf(untilMs),
      countedSeconds: countedMs / 1000,
      ...viewOfPause(segment),
    })),
    consumedSeconds: readClock(clock, atMs, open, []).consumedMs / 1000,
    days: days.map(viewOfExplainedDays),
    allottedSeconds: state.allottedMs / 1000,
    dueAt: isoOf(state.dueMs),
  };
}
