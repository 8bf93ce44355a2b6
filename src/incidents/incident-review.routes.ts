import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { newActionSchema } from './improvement-action.ts';
import { ACTION_EXAMPLE, actionView, viewOfAction } from './improvement-action.views.ts';
import {
  incidentReviewById,
  listIncidentReviews,
  missingReviews,
  reviewOfIncident,
} from './incident-review.queries.ts';
import {
  approveReview,
  changeIncidentReview,
  draftReview,
  openActionOfIncidentReview,
} from './incident-review.service.ts';
import {
  INCIDENT_REVIEW_STATES,
  type IncidentReview,
  incidentReviewChangeSchema,
  incidentReviewSchema,
} from './incident-review.ts';
import {
  INCIDENT_REVIEW_EXAMPLE as EXAMPLE,
  incidentReviewView,
  viewOfIncidentReview,
} from './incident-review.views.ts';

/** Reviews after incidents. */
export const incidentReviewRoutes = (): Route[] => [
  list,
  missing,
  getOne,
  ofIncident,
  draft,
  change,
  openAction,
  approve,
];

const common = { tag: 'incidents' } as const;

const replyOf = (review: IncidentReview) => ({ body: viewOfIncidentReview(review), version: review.version });

const list = defineRead({
  ...common,
  path: '/incident-reviews',
  operationId: 'listIncidentReviews',
  summary: 'Reviews after incidents, newest first',
  permission: 'incident.read',
  query: pageQuery.extend({
    state: z
      .enum([...INCIDENT_REVIEW_STATES, 'all'])
      .default('all')
      .describe('Which ones'),
  }),
  response: pageSchema(incidentReviewView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, state } }) => {
    const page = pageOf(await listIncidentReviews(db, { state }, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOfIncidentReview), next: page.next } };
  },
});

const missing = defineRead({
  ...common,
  path: '/emergencies-without-review',
  operationId: 'listEmergenciesWithoutReview',
  summary: 'Emergencies that are resolved and of which no review was approved, oldest first',
  permission: 'incident.read',
  query: pageQuery,
  response: pageSchema(
    z.object({
      incidentId: z.uuid(),
      number: z.string(),
      title: z.string(),
      resolvedAt: z.iso.datetime(),
      reviewId: z.uuid().nullable().describe('The draft, if there is one'),
    }),
  ),
  examples: {
    response: {
      items: [
        {
          ...{ incidentId: EXAMPLE.incident.id, number: EXAMPLE.incident.number, title: EXAMPLE.incident.title },
          ...{ resolvedAt: '2026-11-22T14:00:00Z', reviewId: null },
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, query: { limit, after } }) => {
    const page = pageOf(await missingReviews(db, { limit: limit + 1, after }), limit, ({ incidentId }) => incidentId);
    const items = page.items.map(({ resolvedAt, ...item }) => ({ ...item, resolvedAt: resolvedAt.toString() }));
    return { body: { items, next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/incident-reviews/{id}',
  operationId: 'getIncidentReview',
  summary: 'One review after an incident; its actions are in the list of actions',
  permission: 'incident.read',
  errors: ['no-such-incident-review'],
  params: idParams,
  response: incidentReviewView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await incidentReviewById(db, params.id)),
});

const ofIncident = defineRead({
  ...common,
  path: '/incidents/{id}/review',
  operationId: 'getReviewOfIncident',
  summary: 'The review of an incident',
  permission: 'incident.read',
  errors: ['no-such-incident-review'],
  params: idParams,
  response: incidentReviewView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await reviewOfIncident(db, params.id)),
});

const draft = defineWrite({
  ...common,
  method: 'post',
  path: '/incidents/{id}/review',
  operationId: 'draftIncidentReview',
  summary: 'Draft the review of an incident that is resolved; its timeline begins with the stages of the incident',
  permission: 'incident.operate',
  errors: ['no-such-incident', 'incident-reviewed', 'incident-unresolved'],
  status: 201,
  params: idParams,
  body: incidentReviewSchema,
  response: incidentReviewView,
  examples: { body: { cause: EXAMPLE.cause }, response: EXAMPLE },
  handle: async (request) => {
    const review = await draftReview(request.tx, request, request.params.id, request.body);
    return { ...replyOf(review), location: `/incident-reviews/${review.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-incident-review', 'stale-incident-review', 'incident-review-final'] as const;

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/incident-reviews/{id}',
  operationId: 'changeIncidentReview',
  summary: 'Change the draft of a review: what the body names replaces what was there',
  permission: 'incident.operate',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: incidentReviewChangeSchema,
  response: incidentReviewView,
  examples: { body: { wentWell: EXAMPLE.wentWell }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeIncidentReview(request.tx, request, target, request.body));
  },
});

const openAction = defineWrite({
  ...common,
  method: 'post',
  path: '/incident-reviews/{id}/actions',
  operationId: 'openIncidentReviewAction',
  summary: 'Open an action that the review of an incident has found; its owner is told',
  permission: 'incident.operate',
  errors: ['no-such-incident-review', 'unsuitable-owner', 'due-in-past'],
  status: 201,
  params: idParams,
  body: newActionSchema,
  response: actionView,
  examples: {
    body: { title: ACTION_EXAMPLE.title, ownerId: EXAMPLE.author.id, dueAt: ACTION_EXAMPLE.dueAt },
    response: { ...ACTION_EXAMPLE, source: { kind: 'incident-review', id: EXAMPLE.id, drill: null } },
  },
  handle: async (request) => {
    const action = await openActionOfIncidentReview(request.tx, request, request.params.id, request.body);
    return { body: viewOfAction(action), version: action.version, location: `/actions/${action.id}` };
  },
});

const approve = defineWrite({
  ...common,
  method: 'post',
  path: '/incident-reviews/{id}/approve',
  operationId: 'approveIncidentReview',
  summary: 'Approve a review as a person, that of an emergency as another one than its writers; then it stays as it is',
  permission: 'incident.write',
  errors: [...CHANGE_ERRORS, 'person-needed', 'second-person-needed', 'incident-review-incomplete'],
  ifMatch: true,
  params: idParams,
  response: incidentReviewView,
  examples: {
    response: {
      ...{ ...EXAMPLE, state: 'final', version: 2 },
      approval: {
        by: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Duty manager' },
        ...{ at: '2026-11-24T08:00:00Z', sha256: 'a'.repeat(64) },
      },
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await approveReview(request.tx, request, target));
  },
});
