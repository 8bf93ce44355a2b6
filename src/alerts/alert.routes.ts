import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams, queryInteger } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { alertById, changesOf, listAlerts } from './alert.queries.ts';
import type { AlertLevel } from './alert.ts';
import {
  ALERT_EXAMPLE,
  alertView,
  CHANGES_EXAMPLE,
  SHOWN_CHANGES_MAX,
  shownAlertView,
  viewOfAlert,
  viewOfChange,
} from './alert.views.ts';

/** Alerts: what rules over signals have opened. */
export const alertRoutes = (): Route[] => [list, getOne];

const common = { tag: 'alerts', permission: 'alert.read' } as const;

const list = defineRead({
  ...common,
  path: '/alerts',
  operationId: 'listAlerts',
  summary: 'Alerts, newest first',
  query: pageQuery.extend({
    state: z
      .enum(['open', 'closed', 'all'])
      .default('open')
      .describe('Which ones: open (acknowledged ones too), closed'),
    levelMin: queryInteger({ min: 1, max: 4 }).optional().describe('Only those of this level or a higher one'),
    ruleId: z.uuid().optional().describe('Only those of this rule'),
    serviceId: z.uuid().optional().describe('Only those that concern this service'),
  }),
  response: pageSchema(alertView),
  examples: { response: { items: [ALERT_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, levelMin, ...filter } }) => {
    // Sound: the query holds it between 1 and 4.
    const alerts = await listAlerts(db, { ...filter, levelMin: levelMin as AlertLevel }, { limit: limit + 1, after });
    const page = pageOf(alerts, limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOfAlert), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/alerts/{id}',
  operationId: 'getAlert',
  summary: 'One alert with what became of it',
  errors: ['no-such-alert'],
  params: idParams,
  response: shownAlertView,
  examples: { response: { ...ALERT_EXAMPLE, changes: CHANGES_EXAMPLE } },
  handle: async ({ db, params }) => {
    const alert = await alertById(db, params.id);
    const changes = await changesOf(db, alert.id, SHOWN_CHANGES_MAX);
    return { body: { ...viewOfAlert(alert), changes: changes.map(viewOfChange) }, version: alert.version };
  },
});
