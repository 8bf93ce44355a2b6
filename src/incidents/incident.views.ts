import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import { ENDING_NEEDS, type EndingNeed } from './ending.queries.ts';
import type { Incident } from './incident.ts';
import { FACTS, FREQUENCIES, INCIDENT_KINDS, missingFacts, SCOPES } from './incident-kind.ts';
import {
  STAGES,
  type StageEntry,
  type StageSpan,
  SUB_STATES,
  stageSpans,
  TIMED_STAGES,
  timesOf,
} from './incident-stage.ts';

const named = z.object({ id: z.uuid(), name: z.string() });
const instant = z.iso.datetime();

/** An incident as lists show it. */
export const incidentView = z.object({
  id: z.uuid(),
  number: z.string().describe('The subject of its SLA clocks'),
  kind: z.enum(INCIDENT_KINDS),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  description: z.string(),
  reporterContact: z.string(),
  reporter: named.nullable(),
  customer: z.string(),
  service: named.nullable(),
  team: named.nullable().describe('The team that is responsible'),
  assignee: named.nullable(),
  calendarId: z.uuid().nullable(),
  symptom: z.string().nullable(),
  frequency: z.enum(FREQUENCIES).nullable(),
  scope: z.enum(SCOPES).nullable(),
  missingFacts: z.array(z.enum(FACTS)).describe('What its severity asks for and nobody has said yet'),
  stage: z.enum(STAGES),
  subState: z.enum(SUB_STATES).nullable().describe('While it is handled'),
  receivedAt: instant,
  restoredAt: instant.nullable().describe('When somebody verified that the service runs again'),
  resolvedAt: instant.nullable().describe('When it was said how it ended'),
  closedAt: instant.nullable(),
  createdBy: named,
  createdAt: instant,
  version: z.int().describe('Send it as If-Match with a change'),
});

const spanView = z.object({
  stage: z.enum(TIMED_STAGES),
  subState: z.enum(SUB_STATES).nullable(),
  enteredAt: instant,
  leftAt: instant.nullable().describe('Null for the one that it is in'),
  seconds: z.number(),
  lateBecause: z.string().nullable(),
  by: z.string(),
});

/** An incident with its stages and how long each has lasted at an instant. */
export const incidentDetailView = incidentView.extend({
  neededToResolve: z
    .array(z.enum(ENDING_NEEDS))
    .describe('What must have happened before it can be resolved, and has not'),
  reviewId: z.uuid().nullable().describe('Of its review; null while there is none'),
  readAt: instant,
  elapsedSeconds: z.number().describe('From its receipt to its end, or to readAt: the sum of its stages'),
  stageSeconds: z.record(z.enum(TIMED_STAGES), z.number()),
  subStateSeconds: z.record(z.enum(SUB_STATES), z.number()).describe('Their sum is that of the stage handle'),
  stages: z.array(spanView).describe('In their order, without gaps'),
});

export function viewOfIncident(incident: Incident): z.input<typeof incidentView> {
  return {
    ...incident,
    missingFacts: missingFacts(incident.kind, incident.severity, incident),
    receivedAt: incident.receivedAt.toString(),
    restoredAt: incident.restoredAt?.toString() ?? null,
    resolvedAt: incident.resolvedAt?.toString() ?? null,
    closedAt: incident.closedAt?.toString() ?? null,
    createdAt: incident.createdAt.toString(),
  };
}

/** @param atMs the instant at which it is read, by the database's clock. */
export function viewOfIncidentDetail(
  incident: Incident,
  { neededToResolve, reviewId }: { neededToResolve: readonly EndingNeed[]; reviewId: string | null },
  history: readonly StageEntry[],
  atMs: number,
): z.input<typeof incidentDetailView> {
  const spans = stageSpans(history, atMs);
  const { elapsedMs, stageMs, subStateMs } = timesOf(spans);
  return {
    ...viewOfIncident(incident),
    ...{ neededToResolve: [...neededToResolve], reviewId },
    readAt: isoOf(atMs),
    elapsedSeconds: elapsedMs / 1000,
    stageSeconds: secondsOf(stageMs),
    subStateSeconds: secondsOf(subStateMs),
    stages: spans.map(viewOfSpan),
  };
}

const isoOf = (instantMs: number) => new Date(instantMs).toISOString();

function secondsOf<Name extends string>(times: readonly (readonly [Name, number])[]): Record<Name, number> {
  // Sound: the entries name each of the names once.
  return Object.fromEntries(times.map(([name, ms]) => [name, ms / 1000])) as Record<Name, number>;
}

function viewOfSpan({ stage, subState, enteredAtMs, leftAtMs, durationMs, lateBecause, by }: StageSpan) {
  return {
    // Sound: the end of an incident is no stretch of it.
    stage: stage as z.input<typeof spanView>['stage'],
    subState,
    enteredAt: isoOf(enteredAtMs),
    leftAt: leftAtMs === null ? null : isoOf(leftAtMs),
    seconds: durationMs / 1000,
    ...{ lateBecause, by },
  };
}

const [DESK, TEAM] = [
  { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Service desk' },
  { id: '019aab2c-11ab-7f00-8a51-2b6f4d9e0c3d', name: 'Database operations' },
];

/** For the reference. */
export const INCIDENT_EXAMPLE: z.input<typeof incidentView> = {
  id: '019aab2c-b110-7c3e-9d52-6f1b0a4e8c11',
  number: 'INC-2026-000017',
  kind: 'incident',
  severity: 'emergency',
  title: 'The order database does not answer',
  description: 'Orders time out since about ten minutes',
  reporterContact: 'Night shift, extension 4711',
  reporter: null,
  customer: 'Sample Co',
  service: { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', name: 'orders' },
  team: TEAM,
  assignee: null,
  calendarId: null,
  symptom: 'Every order times out',
  frequency: 'continuous',
  scope: 'all-users',
  missingFacts: [],
  stage: 'receive',
  subState: null,
  receivedAt: '2026-11-22T09:30:00Z',
  restoredAt: null,
  resolvedAt: null,
  closedAt: null,
  createdBy: DESK,
  createdAt: '2026-11-22T09:31:00Z',
  version: 1,
};

/** For the reference. */
export const INCIDENT_DETAIL_EXAMPLE: z.input<typeof incidentDetailView> = {
  ...INCIDENT_EXAMPLE,
  neededToResolve: ['contact', 'plan', 'recovery'],
  reviewId: null,
  readAt: '2026-11-22T09:35:00.000Z',
  elapsedSeconds: 300,
  stageSeconds: { receive: 300, record: 0, classify: 0, transfer: 0, handle: 0, feedback: 0 },
  subStateSeconds: { analysing: 0, planning: 0, implementing: 0, verifying: 0 },
  stages: [
    {
      stage: 'receive',
      subState: null,
      enteredAt: '2026-11-22T09:30:00.000Z',
      leftAt: null,
      seconds: 300,
      lateBecause: null,
      by: DESK.name,
    },
  ],
};
