import { z } from 'zod';
import { defineWrite, type Route } from '../http/route.ts';
import { receiveAlerts } from './alertmanager.service.ts';
import { alertmanagerQuery, alertmanagerSchema } from './alertmanager.ts';
import { pushReadings } from './pushed.service.ts';
import { PUSH_OUTCOMES, pushSchema } from './pushed.ts';

/** What comes from outside for rules to judge: pushed readings, and the alerts of an Alertmanager. */
export const pushedSignalRoutes = (): Route[] => [push, alertmanager];

const common = {
  tag: 'alerts',
  method: 'post',
  permission: 'signal.push',
} as const;

const outcomesView = z.object({
  outcomes: z
    .array(z.enum(PUSH_OUTCOMES))
    .describe('What became of each, in their order. older: a newer value is there; future: more than a minute ahead'),
});

const push = defineWrite({
  ...common,
  path: '/signals',
  operationId: 'pushSignals',
  summary: 'Push readings of series, which rules judge as push: and their name; the next pass sees them',
  errors: ['unsuitable-service', 'too-many-series'],
  body: pushSchema,
  response: outcomesView,
  examples: {
    body: {
      readings: [{ name: 'queue-length', labels: { queue: 'orders' }, value: 1200, at: '2026-11-22T02:30:00Z' }],
    },
    response: { outcomes: ['taken'] },
  },
  handle: async (request) => ({
    body: { outcomes: [...(await pushReadings(request.tx, request, request.body.readings))] },
  }),
});

const alertmanager = defineWrite({
  ...common,
  path: '/alertmanager',
  operationId: 'receiveAlertmanager',
  summary:
    'A webhook receiver of an Alertmanager: each alert is a subject of push:alertmanager at the level of its label',
  errors: ['too-many-series'],
  query: alertmanagerQuery,
  body: alertmanagerSchema,
  response: outcomesView,
  examples: {
    body: {
      version: '4',
      groupKey: '{}:{alertname="DiskFull"}',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'DiskFull', severity: 'critical', service: 'Orders' },
          annotations: { summary: 'The disk of db-1 is full' },
          startsAt: '2026-11-22T02:30:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: 'a1b2c3d4e5f60718',
        },
      ],
    },
    response: { outcomes: ['taken'] },
  },
  handle: async (request) => ({
    body: { outcomes: [...(await receiveAlerts(request.tx, request, request.body.alerts, request.query))] },
  }),
});
