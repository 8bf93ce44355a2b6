import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import {
  LIFECYCLE_EXAMPLE,
  lifecycleView,
  RETIRED_EXAMPLE,
  retireBody,
  stateFilter,
  viewOfLifecycle,
} from '../kernel/retirement.ts';
import { SIGNAL_UNITS, type Signal } from '../signals/signal.ts';
import { alertLevels, setAlertLevels } from './alert-levels.store.ts';
import type { AlertLevels } from './alert-levels.ts';
import { alertLevelsSchema } from './alert-levels.ts';
import { alertRuleById, listAlertRules } from './alert-rule.queries.ts';
import { createAlertRule, retireAlertRule, updateAlertRule } from './alert-rule.service.ts';
import { type AlertRule, alertRuleChangeSchema, newAlertRuleSchema } from './alert-rule.ts';

/** What rules judge, the rules, and the levels that they raise. @param signals those of Muster itself. */
export function alertRuleRoutes({ signals }: SignalSource): Route[] {
  return [listSignals(signals), getLevels, putLevels, list, getOne, create(signals), update, retire];
}

interface SignalSource {
  /** Asked when a request comes. */
  readonly signals: () => readonly Signal[];
}

const common = { tag: 'alerts' } as const;

const signalView = z.object({ name: z.string(), title: z.string(), unit: z.enum(SIGNAL_UNITS) });

const listSignals = (signals: SignalSource['signals']) =>
  defineRead({
    ...common,
    path: '/signals',
    operationId: 'listSignals',
    summary: 'The signals of Muster itself that rules can judge, by name; pushed series come besides',
    permission: 'alert.read',
    query: pageQueryBy(z.string().max(120)),
    response: pageSchema(signalView),
    examples: {
      response: {
        items: [{ name: 'backup.rpo-used', title: 'Age of the newest sound recovery point', unit: 'percent' }],
        next: null,
      },
    },
    handle: async ({ query: { limit, after = '' } }) => {
      const sorted = signals().toSorted((left, right) => (left.name < right.name ? -1 : 1));
      const page = pageOf(
        sorted.filter(({ name }) => name > after),
        limit,
        ({ name }) => name,
      );
      return { body: { items: page.items.map(({ name, title, unit }) => ({ name, title, unit })), next: page.next } };
    },
  });

const levelsView = z.object({
  names: z.array(z.string()).describe('From level 1, the earliest warning, up to the most urgent one'),
  version: z.int().describe('Send it as If-Match with a change'),
  updatedAt: z.iso.datetime(),
});

const LEVELS_EXAMPLE = {
  names: ['notice', 'warning', 'near critical', 'critical'],
  version: 1,
  updatedAt: '2026-11-22T09:30:00Z',
};

const replyOfLevels = ({ names, version, updatedAt }: AlertLevels) => ({
  body: { names: [...names], version, updatedAt: updatedAt.toString() },
  version,
});

const getLevels = defineRead({
  ...common,
  path: '/alert-scale',
  operationId: 'getAlertLevels',
  summary: 'The levels of alerts by their names',
  permission: 'alert.read',
  response: levelsView,
  examples: { response: LEVELS_EXAMPLE },
  handle: async ({ db }) => replyOfLevels(await alertLevels(db)),
});

const putLevels = defineWrite({
  ...common,
  method: 'put',
  path: '/alert-scale',
  operationId: 'setAlertLevels',
  summary: 'Name the levels of alerts, two to four of them',
  permission: 'alert.write',
  errors: ['stale-alert-levels', 'alert-level-in-use'],
  ifMatch: true,
  body: alertLevelsSchema,
  response: levelsView,
  examples: { body: { names: LEVELS_EXAMPLE.names }, response: { ...LEVELS_EXAMPLE, version: 2 } },
  handle: async (request) =>
    replyOfLevels(await setAlertLevels(request.tx, request, request.body.names, request.expectedVersion)),
});

const { signal, direction, ...changeable } = newAlertRuleSchema.shape;

const ruleView = z.object({
  id: z.uuid(),
  signal,
  direction,
  ...changeable,
  shipped: z.boolean().describe('It came with Muster; it can be changed like any other'),
  ...lifecycleView,
});

function viewOf(rule: AlertRule): z.input<typeof ruleView> {
  const { id, name, raiseForSeconds, clearForSeconds, noData, enabled, isShipped } = rule;
  return {
    ...{ id, name, signal: rule.signal, direction: rule.direction, raiseForSeconds, clearForSeconds, noData, enabled },
    thresholds: [...rule.thresholds],
    overrides: rule.overrides.map((one) => ({ ...one, thresholds: [...one.thresholds] })),
    shipped: isShipped,
    ...viewOfLifecycle(rule),
  };
}

const replyOf = (rule: AlertRule) => ({ body: viewOf(rule), version: rule.version });

const BODY = {
  name: 'Newest sound recovery point against the RPO',
  signal: 'backup.rpo-used',
  direction: 'above',
  thresholds: [
    { level: 1, raise: 80, clear: 75 },
    { level: 3, raise: 100, clear: 90 },
  ],
  raiseForSeconds: 300,
  clearForSeconds: 300,
  noData: { afterSeconds: 900, does: 'alert', level: 2 },
  overrides: [{ serviceId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', thresholds: [{ level: 4, raise: 100, clear: 90 }] }],
  enabled: true,
} satisfies z.input<typeof newAlertRuleSchema>;

const EXAMPLE: z.input<typeof ruleView> = {
  ...BODY,
  id: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e10',
  shipped: false,
  ...LIFECYCLE_EXAMPLE,
};

const list = defineRead({
  ...common,
  path: '/alert-rules',
  operationId: 'listAlertRules',
  summary: 'Rules over signals, in the order of their names',
  permission: 'alert.read',
  query: pageQueryBy(z.string().max(240)).extend({ state: stateFilter }),
  response: pageSchema(ruleView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listAlertRules(db, state, { limit: limit + 1, after }), limit, ({ nameKey }) => nameKey);
    return { body: { items: page.items.map(({ rule }) => viewOf(rule)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/alert-rules/{id}',
  operationId: 'getAlertRule',
  summary: 'One rule over a signal, also a retired one',
  permission: 'alert.read',
  errors: ['no-such-alert-rule'],
  params: idParams,
  response: ruleView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await alertRuleById(db, params.id)),
});

const FIT_ERRORS = ['alert-rule-name-taken', 'unsuitable-thresholds', 'unsuitable-service'] as const;

const create = (signals: SignalSource['signals']) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/alert-rules',
    operationId: 'createAlertRule',
    summary: 'Add a rule over a signal: which values alert, at which level, and when',
    permission: 'alert.write',
    errors: [...FIT_ERRORS, 'unknown-signal'],
    status: 201,
    body: newAlertRuleSchema,
    response: ruleView,
    examples: { body: BODY, response: EXAMPLE },
    handle: async (request) => {
      const names = new Set(signals().map(({ name }) => name));
      const rule = await createAlertRule(request.tx, request, request.body, names);
      return { ...replyOf(rule), location: `/alert-rules/${rule.id}` };
    },
  });

const CHANGE_ERRORS = ['no-such-alert-rule', 'stale-alert-rule', 'alert-rule-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/alert-rules/{id}',
  operationId: 'updateAlertRule',
  summary: 'Change a rule, or switch it off and on; lists are replaced as a whole',
  permission: 'alert.write',
  errors: [...CHANGE_ERRORS, ...FIT_ERRORS],
  ifMatch: true,
  params: idParams,
  body: alertRuleChangeSchema,
  response: ruleView,
  examples: { body: { raiseForSeconds: 600 }, response: { ...EXAMPLE, raiseForSeconds: 600, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateAlertRule(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/alert-rules/{id}/retire',
  operationId: 'retireAlertRule',
  summary: 'Take a rule out of use for good; the next pass closes what it has opened',
  permission: 'alert.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: ruleView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireAlertRule(request.tx, request, target, request.body.reason));
  },
});
