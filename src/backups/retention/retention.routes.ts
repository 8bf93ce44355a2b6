import type { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { POINT, SET } from '../backup.examples.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { backupSetSchema, backupSetView } from '../backup-set.views.ts';
import { statusOfSets } from '../set-status.queries.ts';
import { retentionPlanPage } from './retention-plan.ts';
import { planLineSchema, planLineView } from './retention-plan.views.ts';
import { changeRetentionPolicy } from './retention-policy.service.ts';
import { retentionPolicyChangeSchema } from './retention-policy.ts';

/** What is kept of a set, and what that means for each of its recovery points. */
export const retentionRoutes = (): Route[] => [change, plan];

const POLICY = { minimumCopies: 3, hourly: 0, daily: 7, weekly: 4, monthly: 12, yearly: 0 };

const LINE: z.input<typeof planLineSchema> = {
  pointId: POINT.id,
  name: POINT.name,
  takenAt: POINT.takenAt,
  sizeBytes: POINT.sizeBytes,
  own: true,
  state: 'present',
  verdict: 'sound',
  action: 'keep',
  reason: 'sound copy 1 of 3; newest of 2026-11-22 (daily 1 of 7)',
};

const change = defineWrite({
  tag: 'backups',
  method: 'patch',
  path: '/backup-sets/{id}/retention',
  operationId: 'changeRetention',
  summary:
    'Change what is kept of a set; nothing is removed before the next verified backup, and the plan shows it first',
  permission: 'backup.write',
  errors: ['no-such-backup-set', 'stale-backup-set', 'backup-set-retired'],
  ifMatch: true,
  params: idParams,
  body: retentionPolicyChangeSchema,
  response: backupSetSchema,
  examples: {
    body: { minimumCopies: 3, daily: 7, weekly: 4, monthly: 12 },
    response: { ...SET, retention: POLICY, version: 2 },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const set = await changeRetentionPolicy(request.tx, request, target, request.body);
    return { body: backupSetView(set, await statusOfSets(request.tx, [set])), version: set.version };
  },
});

const plan = defineRead({
  tag: 'backups',
  path: '/backup-sets/{id}/retention-plan',
  operationId: 'getRetentionPlan',
  summary: 'What retention would do with every recovery point now, and why, youngest data first; nothing is changed',
  permission: 'backup.read',
  errors: ['no-such-backup-set'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(planLineSchema),
  examples: { response: { items: [LINE], next: null } },
  handle: async ({ db, params, query }) => {
    const set = await backupSetById(db, params.id);
    const lines = await retentionPlanPage(db, set, { limit: query.limit + 1, after: query.after });
    const page = pageOf(lines, query.limit, ({ point }) => point.id);
    return { body: { items: page.items.map(planLineView), next: page.next } };
  },
});
