import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams, queryInteger } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { alertById, changesOf, listAlerts, namesAroundAlerts } from './alert.queries.ts';
import type { Alert, AlertLevel } from './alert.ts';
import {
  ALERT_EXAMPLE,
  alertView,
  CHANGES_EXAMPLE,
  SHOWN_CHANGES_MAX,
  shownAlertView,
  viewOfAlert,
  viewOfChange,
} from './alert.views.ts';
import { acknowledgeAlert, closeAlert } from './alert-act.service.ts';
import { acknowledgementSchema, closingSchema } from './alert-act.ts';

/** Alerts: what rules over signals have opened. */
export const alertRoutes = (): Route[] => [list, getOne, acknowledge, close];

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
    level: queryInteger({ min: 1, max: 4 }).optional().describe('Only those of this level'),
    levelMin: queryInteger({ min: 1, max: 4 }).optional().describe('Only those of this level or a higher one'),
    ruleId: z.uuid().optional().describe('Only those of this rule'),
    serviceId: z.uuid().optional().describe('Only those that concern this service'),
  }),
  response: pageSchema(alertView),
  examples: { response: { items: [ALERT_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, level, levelMin, ...filter } }) => {
    // Sound: the query holds both between 1 and 4.
    const levels = { level: level as AlertLevel, levelMin: levelMin as AlertLevel };
    const alerts = await listAlerts(db, { ...filter, ...levels }, { limit: limit + 1, after });
    const page = pageOf(alerts, limit, ({ id }) => id);
    return { body: { items: await viewsOf(db, page.items), next: page.next } };
  },
});

async function viewsOf(db: Queryable, alerts: readonly Alert[]): Promise<z.input<typeof alertView>[]> {
  const names = await namesAroundAlerts(db, alerts);
  return alerts.map((alert) => viewOfAlert(alert, names));
}

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
    const names = await namesAroundAlerts(db, [alert]);
    return { body: { ...viewOfAlert(alert, names), changes: changes.map(viewOfChange) }, version: alert.version };
  },
});

const acting = {
  ...common,
  method: 'post',
  permission: 'alert.operate',
  errors: ['no-such-alert', 'stale-alert', 'alert-closed'],
  ifMatch: true,
  params: idParams,
  response: alertView,
} as const;

const ACKNOWLEDGED = {
  at: '2026-11-22T02:50:00Z',
  byId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12',
  byName: 'Sample Person',
  remindAt: '2026-11-22T03:50:00Z',
};

const acknowledge = defineWrite({
  ...acting,
  path: '/alerts/{id}/acknowledge',
  operationId: 'acknowledgeAlert',
  summary: 'Take an alert on; it counts as not acknowledged again when it is raised, or at the reminder',
  body: acknowledgementSchema.prefault({}),
  examples: {
    body: { note: 'Looking at the backup host', remindAfterSeconds: 3600 },
    response: { ...ALERT_EXAMPLE, state: 'acknowledged', acknowledged: ACKNOWLEDGED, version: 3 },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const alert = await acknowledgeAlert(request.tx, request, target, request.body);
    const names = await namesAroundAlerts(request.tx, [alert]);
    return { body: viewOfAlert(alert, names), version: alert.version };
  },
});

const close = defineWrite({
  ...acting,
  path: '/alerts/{id}/close',
  operationId: 'closeAlert',
  summary:
    'Close an alert by hand, with a reason: what still holds opens a new one, so silence it instead to keep it quiet',
  body: closingSchema,
  examples: {
    body: { reason: 'The set was moved to another repository' },
    response: { ...ALERT_EXAMPLE, state: 'closed', closedAt: '2026-11-22T03:10:00Z', version: 3 },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const alert = await closeAlert(request.tx, request, target, request.body.reason);
    const names = await namesAroundAlerts(request.tx, [alert]);
    return { body: viewOfAlert(alert, names), version: alert.version };
  },
});
