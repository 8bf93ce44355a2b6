import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { actionById, listActions } from './improvement-action.queries.ts';
import { changeAction, closeAction, openAction } from './improvement-action.service.ts';
import {
  ACTION_SOURCES,
  ACTION_STATES,
  type Action,
  actionChangeSchema,
  actionDoneSchema,
  actionDropSchema,
  newActionSchema,
} from './improvement-action.ts';
import { ACTION_EXAMPLE, actionView, viewOfAction } from './improvement-action.views.ts';

/** One list of what is to be put right, whether a drill, a review or a person has found it. */
export const improvementActionRoutes = (): Route[] => [list, getOne, open, change, finish, drop];

const common = { tag: 'incidents' } as const;

const replyOf = (action: Action) => ({ body: viewOfAction(action), version: action.version });

/** An instant as the database writes it. */
const dueKey = z
  .string()
  .max(40)
  .regex(
    /^2\d{3}-(0\d|1[0-2])-([0-2]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/,
  );

const list = defineRead({
  ...common,
  path: '/actions',
  operationId: 'listActions',
  summary:
    'What is to be put right after drills and reviews, or was entered by somebody, in the order of the due times',
  permission: 'incident.read',
  query: pageQueryBy(z.tuple([dueKey, z.uuid()])).extend({
    state: z
      .enum([...ACTION_STATES, 'all'])
      .default('open')
      .describe('Which ones'),
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
    overdue: queryBoolean().optional().describe('Only those that are overdue, or only those that are not'),
    source: z.enum(ACTION_SOURCES).optional().describe('Only those that were found by this'),
    sourceId: z.uuid().optional().describe('Only those of this run or review'),
  }),
  response: pageSchema(actionView),
  examples: { response: { items: [ACTION_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, overdue, ...filter } }) => {
    const rows = await listActions(db, { ...filter, isOverdue: overdue }, { limit: limit + 1, after });
    const page = pageOf(rows, limit, ({ key }) => key);
    return { body: { items: page.items.map(({ action }) => viewOfAction(action)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/actions/{id}',
  operationId: 'getAction',
  summary: 'One action, of a drill or not',
  permission: 'incident.read',
  errors: ['no-such-action'],
  params: idParams,
  response: actionView,
  examples: { response: ACTION_EXAMPLE },
  handle: async ({ db, params }) => replyOf(await actionById(db, params.id)),
});

const open = defineWrite({
  ...common,
  method: 'post',
  path: '/actions',
  operationId: 'openAction',
  summary: 'Enter something that is to be put right; its owner is told',
  permission: 'incident.operate',
  errors: ['unsuitable-owner', 'due-in-past'],
  status: 201,
  body: newActionSchema,
  response: actionView,
  examples: {
    body: { title: ACTION_EXAMPLE.title, ownerId: ACTION_EXAMPLE.owner.id, dueAt: ACTION_EXAMPLE.dueAt },
    response: ACTION_EXAMPLE,
  },
  handle: async (request) => {
    const action = await openAction(request.tx, request, { kind: 'other', id: null }, request.body);
    return { ...replyOf(action), location: `/actions/${action.id}` };
  },
});

const changing = {
  ...common,
  permission: 'incident.operate',
  ifMatch: true,
  params: idParams,
  response: actionView,
} as const;

const CHANGE_ERRORS = ['no-such-action', 'stale-action', 'action-of-drill', 'action-ended'] as const;

const change = defineWrite({
  ...changing,
  method: 'patch',
  path: '/actions/{id}',
  operationId: 'changeAction',
  summary: 'Change an open action that is not of a drill: what the body names replaces what was there',
  errors: [...CHANGE_ERRORS, 'unsuitable-owner', 'due-in-past'],
  body: actionChangeSchema,
  examples: { body: { dueAt: '2026-12-20T16:00:00Z' }, response: { ...ACTION_EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeAction(request.tx, request, target, request.body));
  },
});

const endedExample = (state: 'done' | 'dropped', outcome: string) => ({
  ...{ ...ACTION_EXAMPLE, state, version: 2 },
  end: {
    ...{ at: '2026-12-01T10:00:00Z', outcome, runId: null },
    by: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' },
  },
});

const PROOF = 'Order 2231, unit A-0412 received';
const REASON = 'The system is switched off in January';

const finish = defineWrite({
  ...changing,
  method: 'post',
  path: '/actions/{id}/done',
  operationId: 'finishAction',
  summary: 'Say that an action that is not of a drill is done, and what shows it',
  errors: CHANGE_ERRORS,
  body: actionDoneSchema,
  examples: { body: { proof: PROOF }, response: endedExample('done', PROOF) },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const end = { state: 'done', outcome: request.body.proof } as const;
    return replyOf(await closeAction(request.tx, request, target, end));
  },
});

const drop = defineWrite({
  ...changing,
  method: 'post',
  path: '/actions/{id}/drop',
  operationId: 'dropAction',
  summary: 'Say that nobody will do an action that is not of a drill, and why',
  errors: CHANGE_ERRORS,
  body: actionDropSchema,
  examples: { body: { reason: REASON }, response: endedExample('dropped', REASON) },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const end = { state: 'dropped', outcome: request.body.reason } as const;
    return replyOf(await closeAction(request.tx, request, target, end));
  },
});
