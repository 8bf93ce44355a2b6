import { z } from 'zod';
import { queryBoolean } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { CLOCK_KINDS } from '../sla/clock-kind.ts';
import { type BoardIncident, boardOf } from './board.queries.ts';
import { INCIDENT_KINDS } from './incident-kind.ts';
import { SUB_STATES, TIMED_STAGES } from './incident-stage.ts';

/** Open incidents by stage: what a board shows. */
export const boardRoutes = (): Route[] => [board];

/** More than this at once is no board any more. */
const INCIDENTS_MAX = 500;

const named = z.object({ id: z.uuid(), name: z.string() });
const instant = z.iso.datetime();

const itemView = z.object({
  id: z.uuid(),
  number: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  service: named.nullable(),
  team: named.nullable().describe('The team that is responsible'),
  assignee: named.nullable(),
  stage: z.enum(TIMED_STAGES),
  subState: z.enum(SUB_STATES).nullable().describe('While it is handled'),
  receivedAt: instant,
  restoredAt: instant.nullable(),
  stageSince: instant,
  stageSeconds: z.number().describe('How long it has been in its stage, until readAt'),
  nextClock: z
    .object({
      id: z.uuid(),
      kind: z.enum(CLOCK_KINDS),
      dueAt: instant.nullable().describe('Null when its calendar cannot count it'),
      dueInSeconds: z.number().nullable().describe('From readAt on, around the clock; negative when it is overdue'),
      isOverdue: z.boolean(),
    })
    .nullable()
    .describe('The clock that runs out next; null when none runs'),
  running: z.int().describe('How many of its clocks run'),
  overdue: z.int().describe('How many of these are overdue'),
});

const view = z.object({
  readAt: instant,
  items: z.array(itemView).max(INCIDENTS_MAX).describe('Whatever runs out next comes first'),
  isCut: z.boolean().describe(`There are more than ${INCIDENTS_MAX}: these are the newest`),
});

const EXAMPLE: z.input<typeof itemView> = {
  id: '019aab2c-e3c2-7c3e-9d52-6f1b0a4e8c10',
  number: 'INC-2026-000001',
  kind: 'incident',
  severity: 'emergency',
  title: 'The order database does not answer',
  service: { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', name: 'Orders' },
  team: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Databases' },
  assignee: null,
  stage: 'handle',
  subState: 'planning',
  receivedAt: '2026-11-22T09:30:00.000Z',
  restoredAt: null,
  stageSince: '2026-11-22T09:40:00.000Z',
  stageSeconds: 3000,
  nextClock: {
    ...{ id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', kind: 'recover', dueAt: '2026-11-22T13:30:00.000Z' },
    ...{ dueInSeconds: 10_800, isOverdue: false },
  },
  running: 2,
  overdue: 0,
};

const board = defineRead({
  tag: 'incidents',
  path: '/incident-board',
  operationId: 'getIncidentBoard',
  summary: 'Open incidents with how long each has been in its stage, and which of its clocks runs out next',
  permission: 'incident.read',
  query: z.strictObject({
    severity: z.enum(SEVERITIES).optional().describe('Only those of this severity'),
    serviceId: z.uuid().optional().describe('Only those that concern this service'),
    teamId: z.uuid().optional().describe('Only those that this team is responsible for'),
    mine: queryBoolean()
      .default(false)
      .describe('Only those that the caller has, or that nobody of a team of theirs has taken on'),
    q: lineText(80).optional().describe('Only those with this text in their number, title or customer'),
  }),
  response: view,
  examples: { response: { readAt: '2026-11-22T10:30:00.000Z', items: [EXAMPLE], isCut: false } },
  handle: async ({ db, query: { mine, ...filter }, principal }) => {
    const wanted = { ...filter, personId: mine ? principal.id : undefined };
    const { readAtMs, incidents } = await boardOf(db, wanted, INCIDENTS_MAX + 1);
    return {
      body: {
        readAt: new Date(readAtMs).toISOString(),
        items: incidents.slice(0, INCIDENTS_MAX).map((incident) => viewOf(incident, readAtMs)),
        isCut: incidents.length > INCIDENTS_MAX,
      },
    };
  },
});

function viewOf({ stageSinceMs, nextClock, ...incident }: BoardIncident, readAtMs: number): z.input<typeof itemView> {
  return {
    ...incident,
    receivedAt: incident.receivedAt.toISOString(),
    restoredAt: incident.restoredAt?.toISOString() ?? null,
    stageSince: new Date(stageSinceMs).toISOString(),
    nextClock: nextClock && {
      ...{ id: nextClock.clock.id, kind: nextClock.clock.kind, isOverdue: nextClock.isOverdue },
      dueAt: nextClock.dueMs === null ? null : new Date(nextClock.dueMs).toISOString(),
      dueInSeconds: nextClock.dueMs === null ? null : (nextClock.dueMs - readAtMs) / 1000,
    },
  };
}
