import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { countIncidents, INCIDENT_LIST, listIncidents } from './incident.queries.ts';
import { receiveIncident } from './incident.service.ts';
import { newIncidentSchema } from './incident.ts';
import {
  INCIDENT_DETAIL_EXAMPLE,
  INCIDENT_EXAMPLE,
  incidentDetailView,
  incidentView,
  viewOfIncident,
} from './incident.views.ts';
import { incidentReply } from './incident-reply.ts';
import { STAGES } from './incident-stage.ts';

/** Incidents: what was reported, and where it stands. */
export const incidentRoutes = (): Route[] => [list, getOne, receive];

const common = { tag: 'incidents' } as const;

const list = defineRead({
  ...common,
  path: '/incidents',
  operationId: 'listIncidents',
  summary: 'Incidents, newest first, by number, stage, severity, service or team',
  permission: 'incident.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(INCIDENT_LIST, 'id').extend({
    sort: z.enum(['id', '-id']).default('-id').describe('-id: newest first; id: oldest first'),
    number: lineText(40).optional().describe('Only the one with this number'),
    isOpen: queryBoolean().optional().describe('Only those that are not closed, or only those that are'),
    stage: z.enum(STAGES).optional().describe('Only those in this stage'),
    severity: z.enum(SEVERITIES).optional().describe('Only those of this severity'),
    serviceId: z.uuid().optional().describe('Only those that concern this service'),
    teamId: z.uuid().optional().describe('Only those that this team is responsible for'),
  }),
  response: listPageSchema(incidentView),
  examples: { response: { items: [INCIDENT_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort }, filters);
    const page = listPageOf(await listIncidents(db, request), limit);
    const items = page.items.map(({ incident }) => viewOfIncident(incident));
    return { body: { items, next: page.next, total: total ? await countIncidents(db, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/incidents/{id}',
  operationId: 'getIncident',
  summary: 'One incident with its stages and how long each has lasted',
  permission: 'incident.read',
  errors: ['no-such-incident'],
  params: idParams,
  response: incidentDetailView,
  examples: { response: INCIDENT_DETAIL_EXAMPLE },
  handle: async ({ db, params }) => incidentReply(db, params.id),
});

const receive = defineWrite({
  ...common,
  method: 'post',
  path: '/incidents',
  operationId: 'receiveIncident',
  summary: 'Take down something that was reported; its SLA clocks run from that instant',
  permission: 'incident.operate',
  errors: [
    ...['unsuitable-service', 'unsuitable-owner', 'unsuitable-reporter', 'unsuitable-calendar', 'calendar-needed'],
    ...['beyond-calendar', 'no-sla-policy', 'in-future', 'late-unexplained'],
  ],
  status: 201,
  body: newIncidentSchema,
  response: incidentDetailView,
  examples: {
    body: {
      severity: 'emergency',
      title: INCIDENT_EXAMPLE.title,
      reporterContact: INCIDENT_EXAMPLE.reporterContact,
      symptom: 'Every order times out',
    },
    response: INCIDENT_DETAIL_EXAMPLE,
  },
  handle: async (request) => {
    const id = await receiveIncident(request.tx, request, request.body);
    return { ...(await incidentReply(request.tx, id)), location: `/incidents/${id}` };
  },
});
