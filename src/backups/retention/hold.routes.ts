import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { lineText } from '../../kernel/text.ts';
import { POINT } from '../backup.examples.ts';
import { pointById } from '../catalogue.queries.ts';
import { holdPoint, releaseHold } from './hold.service.ts';
import { listHolds } from './hold.store.ts';
import { holdSchema, holdView, newHoldSchema } from './hold.ts';

/** Holds: single recovery points that stay, whatever the policy of their set says. */
export const holdRoutes = (): Route[] => [create, list, release];

const OPERATOR = { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Database operations' };

const HOLD: z.input<typeof holdSchema> = {
  id: '019aab2c-b3f0-7c19-8e44-5a6b7c8d9e0f',
  pointId: POINT.id,
  reason: 'Evidence of the incident of 2026-11-21',
  until: '2027-11-30T00:00:00Z',
  state: 'live',
  createdAt: '2026-11-22T10:00:00Z',
  createdBy: OPERATOR,
  released: null,
};

const RELEASE_REASON = 'The incident is closed';

const create = defineWrite({
  tag: 'backups',
  method: 'post',
  path: '/recovery-points/{id}/holds',
  operationId: 'holdRecoveryPoint',
  summary: 'Keep a recovery point until a moment, whatever the policy says; only a release ends it earlier',
  permission: 'backup.operate',
  errors: ['no-such-recovery-point', 'recovery-point-removed', 'hold-ends-too-soon', 'hold-too-long'],
  status: 201,
  params: idParams,
  body: newHoldSchema,
  response: holdSchema,
  examples: { body: { reason: HOLD.reason, until: HOLD.until }, response: HOLD },
  handle: async (request) => ({
    body: holdView(await holdPoint(request.tx, request, request.params.id, request.body)),
  }),
});

const list = defineRead({
  tag: 'backups',
  path: '/recovery-points/{id}/holds',
  operationId: 'listRecoveryPointHolds',
  summary: 'Holds on a recovery point, newest first; those that are over as well',
  permission: 'backup.read',
  errors: ['no-such-recovery-point'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(holdSchema),
  examples: { response: { items: [HOLD], next: null } },
  handle: async ({ db, params, query }) => {
    const point = await pointById(db, params.id);
    const rows = await listHolds(db, point.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(holdView), next: page.next } };
  },
});

const release = defineWrite({
  tag: 'backups',
  method: 'post',
  path: '/recovery-point-holds/{id}/release',
  operationId: 'releaseRecoveryPointHold',
  summary: 'End a hold before its time; from then on the policy decides again',
  permission: 'backup.write',
  errors: ['no-such-hold', 'hold-over'],
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is not needed any more; kept with it for good') }),
  response: holdSchema,
  examples: {
    body: { reason: RELEASE_REASON },
    response: {
      ...HOLD,
      state: 'released',
      released: { at: '2026-12-01T08:00:00Z', reason: RELEASE_REASON, by: OPERATOR },
    },
  },
  handle: async (request) => ({
    body: holdView(await releaseHold(request.tx, request, request.params.id, request.body.reason)),
  }),
});
