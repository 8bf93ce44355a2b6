import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { classificationSchema, classify } from './classification.service.ts';
import { doneSchema, factsSchema } from './entry.ts';
import { incidentById } from './incident.queries.ts';
import { INCIDENT_DETAIL_EXAMPLE, incidentDetailView } from './incident.views.ts';
import { ACT_ERRORS, acting, incidentReply, targetOf } from './incident-reply.ts';
import { enterFacts, finishRecord, takeUp } from './recording.service.ts';
import { proposalFor } from './rule.service.ts';
import { transfer, transferSchema } from './transfer.service.ts';

/** From the receipt of an incident to the team that handles it. */
export const recordingRoutes = (): Route[] => [take, facts, record, proposal, classification, handOver];

const take = defineWrite({
  ...acting,
  path: '/incidents/{id}/take',
  operationId: 'takeIncident',
  summary: 'Begin to record an incident that was received',
  ifMatch: true,
  errors: ACT_ERRORS,
  params: idParams,
  body: doneSchema.prefault({}),
  response: incidentDetailView,
  examples: { body: {}, response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'record' } },
  handle: async (request) => {
    await takeUp(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const facts = defineWrite({
  ...acting,
  path: '/incidents/{id}/facts',
  operationId: 'enterIncidentFacts',
  summary: 'Enter what has become known: the symptom, how often it shows, whom it concerns',
  ifMatch: true,
  errors: ACT_ERRORS,
  params: idParams,
  body: factsSchema,
  response: incidentDetailView,
  examples: { body: { scope: 'all-users', frequency: 'continuous' }, response: INCIDENT_DETAIL_EXAMPLE },
  handle: async (request) => {
    await enterFacts(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const record = defineWrite({
  ...acting,
  path: '/incidents/{id}/record',
  operationId: 'recordIncident',
  summary: 'Say that an incident is recorded: all that its severity asks for is known',
  ifMatch: true,
  errors: [...ACT_ERRORS, 'facts-missing'],
  params: idParams,
  body: doneSchema.prefault({}),
  response: incidentDetailView,
  examples: { body: {}, response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'classify' } },
  handle: async (request) => {
    await finishRecord(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const proposal = defineRead({
  tag: 'incidents',
  path: '/incidents/{id}/classification-proposal',
  operationId: 'proposeIncidentSeverity',
  summary: 'The severity that the rules propose for an incident by what is known of it now',
  permission: 'incident.read',
  errors: ['no-such-incident'],
  params: idParams,
  response: z.object({
    severity: z.enum(SEVERITIES).nullable().describe('Null when no rule fits'),
    rule: z.string().nullable().describe('The first rule that fits; null for general cases, which need none'),
    version: z.int().describe('Of the rules'),
  }),
  examples: {
    response: { severity: 'emergency', rule: 'A vital service is down for a whole site or everybody', version: 1 },
  },
  handle: async ({ db, params }) => {
    const incident = await incidentById(db, params.id);
    const { version, proposal } = await proposalFor(db, { ...incident, serviceId: incident.service?.id ?? null });
    return { body: { severity: proposal?.severity ?? null, rule: proposal?.rule ?? null, version } };
  },
});

const classification = defineWrite({
  ...acting,
  path: '/incidents/{id}/classify',
  operationId: 'classifyIncident',
  summary: 'Say how bad an incident is, and why; later again, when it turns out otherwise: its clocks follow',
  ifMatch: true,
  errors: [
    ...ACT_ERRORS,
    ...['severity-of-kind', 'recovery-stays', 'deviation-unexplained', 'facts-missing', 'same-classification'],
    'calendar-needed',
  ],
  params: idParams,
  body: classificationSchema,
  response: incidentDetailView,
  examples: { body: { severity: 'emergency' }, response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'transfer' } },
  handle: async (request) => {
    await classify(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const handOver = defineWrite({
  ...acting,
  path: '/incidents/{id}/transfer',
  operationId: 'transferIncident',
  summary: 'Hand an incident over to a team, and perhaps to a person of it, who are told',
  ifMatch: true,
  errors: [...ACT_ERRORS, 'unsuitable-owner', 'same-team'],
  params: idParams,
  body: transferSchema,
  response: incidentDetailView,
  examples: {
    body: { teamId: INCIDENT_DETAIL_EXAMPLE.team?.id ?? '', reason: 'The database is theirs' },
    response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'handle', subState: 'analysing' },
  },
  handle: async (request) => {
    await transfer(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});
