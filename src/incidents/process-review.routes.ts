import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineDocument, defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { newActionSchema } from './improvement-action.ts';
import { ACTION_EXAMPLE, actionView, viewOfAction } from './improvement-action.views.ts';
import { attachedAttainment, listProcessReviews, processReviewById } from './process-review.queries.ts';
import { cancelReview, changeReview, holdReview, openActionOfReview, planReview } from './process-review.service.ts';
import {
  newProcessReviewSchema,
  PROCESS_REVIEW_STATES,
  type ProcessReview,
  processReviewCancelSchema,
  processReviewChangeSchema,
  processReviewHeldSchema,
} from './process-review.ts';

/** Reviews of the process by what was promised and kept. */
export const processReviewRoutes = (): Route[] => [list, getOne, attainment, plan, change, openAction, hold, cancel];

const named = z.object({ id: z.uuid(), name: z.string() });

const reviewView = z.object({
  id: z.uuid(),
  title: z.string(),
  from: z.iso.date(),
  until: z.iso.date().describe('The day behind the last one of the period'),
  zone: z.string(),
  isScheduled: z.boolean().describe('Planned by the schedule process-review.plan'),
  dueAt: z.iso.datetime(),
  owner: named.nullable().describe('Null: nobody has taken it on yet; the administrators are told'),
  state: z.enum(PROCESS_REVIEW_STATES).describe('due: its attainment is attached, and it waits to be held'),
  attainment: z
    .object({ sha256: z.string(), at: z.iso.datetime() })
    .nullable()
    .describe('What is attached: the digest of its bytes, and when the clocks were read'),
  participants: z.array(named),
  findings: z.string().nullable(),
  decisions: z.string().nullable(),
  cancelReason: z.string().nullable(),
  ended: z.object({ by: named, at: z.iso.datetime() }).nullable(),
  createdAt: z.iso.datetime(),
  version: z.int(),
});

const viewOf = ({ dueAt, attainment: attached, ended, createdAt, ...review }: ProcessReview) => ({
  ...review,
  participants: [...review.participants],
  dueAt: dueAt.toString(),
  attainment: attached && { ...attached, at: attached.at.toString() },
  ended: ended && { ...ended, at: ended.at.toString() },
  createdAt: createdAt.toString(),
});

const replyOf = (review: ProcessReview) => ({ body: viewOf(review), version: review.version });

const OWNER = { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Duty manager' };

const EXAMPLE: z.input<typeof reviewView> = {
  id: '019aab2c-d2b1-7c3e-9d52-6f1b0a4e8c11',
  title: 'Review of 2026-07 to 2026-09',
  ...{ from: '2026-07-01', until: '2026-10-01', zone: 'Asia/Shanghai', isScheduled: true },
  dueAt: '2026-10-05T00:00:00Z',
  owner: OWNER,
  state: 'due',
  attainment: { sha256: 'a'.repeat(64), at: '2026-10-05T00:35:00Z' },
  participants: [],
  ...{ findings: null, decisions: null, cancelReason: null, ended: null },
  createdAt: '2026-10-05T00:00:00Z',
  version: 2,
};

const common = { tag: 'incidents' } as const;

const list = defineRead({
  ...common,
  path: '/process-reviews',
  operationId: 'listProcessReviews',
  summary: 'Reviews of the process, newest first',
  permission: 'incident.read',
  query: pageQuery.extend({
    state: z
      .enum([...PROCESS_REVIEW_STATES, 'all'])
      .default('all')
      .describe('Which ones'),
  }),
  response: pageSchema(reviewView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, state } }) => {
    const page = pageOf(await listProcessReviews(db, { state }, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/process-reviews/{id}',
  operationId: 'getProcessReview',
  summary: 'One review of the process; its actions are in the list of actions',
  permission: 'incident.read',
  errors: ['no-such-process-review'],
  params: idParams,
  response: reviewView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await processReviewById(db, params.id)),
});

const attainment = defineDocument({
  ...common,
  path: '/process-reviews/{id}/attainment.json',
  operationId: 'getProcessReviewAttainment',
  summary:
    'The attainment that is attached to a review, byte for byte as its digest was taken, in the form of /sla-attainment',
  permission: 'incident.read',
  errors: ['no-such-process-review', 'no-attainment'],
  params: idParams,
  contentTypes: ['application/json'],
  handle: async ({ db, params }) => ({ contentType: 'application/json', content: await attached(db, params.id) }),
});

async function attached(db: Queryable, id: string): Promise<string> {
  const content = await attachedAttainment(db, id);
  if (content !== null) return content;
  throw new AppError('not-found', 'no-attainment', `The review ${id} is not due: no attainment is attached yet`);
}

const plan = defineWrite({
  ...common,
  method: 'post',
  path: '/process-reviews',
  operationId: 'planProcessReview',
  summary: 'Plan a review of a period; when it is due the attainment of the period is attached',
  permission: 'incident.write',
  errors: ['unsuitable-owner', 'due-before-end'],
  status: 201,
  body: newProcessReviewSchema,
  response: reviewView,
  examples: {
    body: { title: EXAMPLE.title, from: EXAMPLE.from, until: EXAMPLE.until, ownerId: OWNER.id, dueAt: EXAMPLE.dueAt },
    response: { ...EXAMPLE, state: 'planned', isScheduled: false, attainment: null, version: 1 },
  },
  handle: async (request) => {
    const review = await planReview(request.tx, request, request.body);
    return { ...replyOf(review), location: `/process-reviews/${review.id}` };
  },
});

const changing = { ...common, permission: 'incident.write', ifMatch: true, params: idParams } as const;

const CHANGE_ERRORS = ['no-such-process-review', 'stale-process-review', 'process-review-state'] as const;

const change = defineWrite({
  ...changing,
  method: 'patch',
  path: '/process-reviews/{id}',
  operationId: 'changeProcessReview',
  summary: 'Change a review that is not over: what the body names replaces what was there',
  errors: [...CHANGE_ERRORS, 'unsuitable-owner', 'due-before-end'],
  body: processReviewChangeSchema,
  response: reviewView,
  examples: { body: { ownerId: OWNER.id }, response: EXAMPLE },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeReview(request.tx, request, target, request.body));
  },
});

const openAction = defineWrite({
  ...common,
  method: 'post',
  path: '/process-reviews/{id}/actions',
  operationId: 'openProcessReviewAction',
  summary: 'Open an action that a review which is due has decided on; its owner is told',
  permission: 'incident.write',
  errors: ['no-such-process-review', 'process-review-state', 'unsuitable-owner', 'due-in-past'],
  status: 201,
  params: idParams,
  body: newActionSchema,
  response: actionView,
  examples: {
    body: { title: ACTION_EXAMPLE.title, ownerId: OWNER.id, dueAt: ACTION_EXAMPLE.dueAt },
    response: { ...ACTION_EXAMPLE, source: { kind: 'process-review', id: EXAMPLE.id, drill: null } },
  },
  handle: async (request) => {
    const action = await openActionOfReview(request.tx, request, request.params.id, request.body);
    return { body: viewOfAction(action), version: action.version, location: `/actions/${action.id}` };
  },
});

const ENDED = { by: OWNER, at: '2026-10-08T08:00:00Z' };
const FINDINGS = 'Two of nine recoveries were late: the spare was in repair';
const DECISIONS = 'A second controller is kept in Shanghai';

const hold = defineWrite({
  ...changing,
  method: 'post',
  path: '/process-reviews/{id}/hold',
  operationId: 'holdProcessReview',
  summary: 'Say what came out of a review that is due; then nothing of it changes any more',
  errors: [...CHANGE_ERRORS, 'unsuitable-participant'],
  body: processReviewHeldSchema,
  response: reviewView,
  examples: {
    body: { participantIds: [OWNER.id], findings: FINDINGS, decisions: DECISIONS },
    response: {
      ...{ ...EXAMPLE, state: 'held', participants: [OWNER], findings: FINDINGS, decisions: DECISIONS },
      ...{ ended: ENDED, version: 3 },
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await holdReview(request.tx, request, target, request.body));
  },
});

const cancel = defineWrite({
  ...changing,
  method: 'post',
  path: '/process-reviews/{id}/cancel',
  operationId: 'cancelProcessReview',
  summary: 'Say that a review is not held, and why',
  errors: CHANGE_ERRORS,
  body: processReviewCancelSchema,
  response: reviewView,
  examples: {
    body: { reason: 'Held together with the one of the year' },
    response: {
      ...{ ...EXAMPLE, state: 'cancelled', cancelReason: 'Held together with the one of the year' },
      ...{ ended: ENDED, version: 3 },
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await cancelReview(request.tx, request, target, request.body.reason));
  },
});
