import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { close, resolve } from './ending.service.ts';
import {
  contactSchema,
  feedbackSchema,
  noteSchema,
  planSchema,
  resolutionSchema,
  subStateSchema,
  verificationSchema,
} from './entry.ts';
import { addNote, enterContact, enterPlan, enterVerification, goOnWith } from './handling.service.ts';
import { INCIDENT_DETAIL_EXAMPLE, incidentDetailView } from './incident.views.ts';
import { ACT_ERRORS, acting, incidentReply, targetOf } from './incident-reply.ts';

/** What is done about an incident until it is over. */
export const handlingRoutes = (): Route[] => [contact, plan, subState, verification, resolution, closing, note];

const HANDLED = { ...INCIDENT_DETAIL_EXAMPLE, stage: 'handle', subState: 'implementing' } as const;

const contact = defineWrite({
  ...acting,
  path: '/incidents/{id}/contacts',
  operationId: 'recordIncidentContact',
  summary: 'Record a contact: the first is the response, later ones keep the customer informed',
  errors: ACT_ERRORS,
  params: idParams,
  body: contactSchema,
  response: incidentDetailView,
  examples: {
    body: { who: 'Night shift', how: 'phone', said: 'We are on it, next word in 30 minutes' },
    response: INCIDENT_DETAIL_EXAMPLE,
  },
  handle: async (request) => {
    await enterContact(request.tx, request, { id: request.params.id, expectedVersion: undefined }, request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const plan = defineWrite({
  ...acting,
  path: '/incidents/{id}/plans',
  operationId: 'planIncident',
  summary: 'Enter how it is to be put right and what that takes; again for each later version',
  ifMatch: true,
  errors: [...ACT_ERRORS, 'no-recovery-needed', 'unknown-resource'],
  params: idParams,
  body: planSchema,
  response: incidentDetailView,
  examples: {
    body: { text: 'Exchange the power supply of shelf 3', resources: [{ what: 'PSU-750W', quantity: 1 }] },
    response: HANDLED,
  },
  handle: async (request) => {
    await enterPlan(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const subState = defineWrite({
  ...acting,
  path: '/incidents/{id}/sub-state',
  operationId: 'goOnWithIncident',
  summary: 'Go on with another part of the handling: analysing, planning, implementing, verifying',
  ifMatch: true,
  errors: [...ACT_ERRORS, 'same-sub-state'],
  params: idParams,
  body: subStateSchema,
  response: incidentDetailView,
  examples: { body: { subState: 'implementing' }, response: HANDLED },
  handle: async (request) => {
    await goOnWith(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const verification = defineWrite({
  ...acting,
  path: '/incidents/{id}/verifications',
  operationId: 'verifyIncidentRecovery',
  summary: 'Record who has verified, and how, whether it runs again; the first time that it does is the recovery',
  ifMatch: true,
  errors: [...ACT_ERRORS, 'no-recovery-needed', 'unsuitable-person'],
  params: idParams,
  body: verificationSchema,
  response: incidentDetailView,
  examples: {
    body: { who: 'Lin Wei', how: 'Ten orders were placed and confirmed', result: 'passed' },
    response: { ...HANDLED, subState: 'verifying', restoredAt: '2026-11-22T11:10:00Z' },
  },
  handle: async (request) => {
    await enterVerification(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const resolution = defineWrite({
  ...acting,
  path: '/incidents/{id}/resolve',
  operationId: 'resolveIncident',
  summary: 'Say how an incident ended, and its cause where it is known; a suggestion ends with a decision',
  ifMatch: true,
  errors: [
    ...[...ACT_ERRORS, 'not-restored', 'no-plan', 'no-contact', 'before-recovery'],
    ...['decision-needed', 'no-decision-here'],
  ],
  params: idParams,
  body: resolutionSchema,
  response: incidentDetailView,
  examples: {
    body: { text: 'The power supply was exchanged', cause: 'It was worn out' },
    response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'feedback' },
  },
  handle: async (request) => {
    await resolve(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const closing = defineWrite({
  ...acting,
  path: '/incidents/{id}/close',
  operationId: 'closeIncident',
  summary: 'Record what the customer was told, and what they say; that closes the incident for good',
  ifMatch: true,
  errors: ACT_ERRORS,
  params: idParams,
  body: feedbackSchema,
  response: incidentDetailView,
  examples: {
    body: { who: 'Night shift', how: 'phone', said: 'Orders run again; they agree', isSatisfied: true },
    response: { ...INCIDENT_DETAIL_EXAMPLE, stage: 'closed', closedAt: '2026-11-22T12:10:00Z' },
  },
  handle: async (request) => {
    await close(request.tx, request, targetOf(request), request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const note = defineWrite({
  ...acting,
  path: '/incidents/{id}/notes',
  operationId: 'addIncidentNote',
  summary: 'Add a remark to an incident; it stays',
  errors: ['no-such-incident', 'incident-closed'],
  params: idParams,
  body: noteSchema,
  response: incidentDetailView,
  examples: { body: { text: 'The vendor has been called' }, response: INCIDENT_DETAIL_EXAMPLE },
  handle: async (request) => {
    await addNote(request.tx, request, request.params.id, request.body.text);
    return incidentReply(request.tx, request.params.id);
  },
});
