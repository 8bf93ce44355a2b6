import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { currentRules, listRuleVersions } from './rule.queries.ts';
import { replaceRules } from './rule.service.ts';
import { newRulesSchema, type RuleVersion } from './rule.ts';

/** The rules by which the severity of an incident is proposed. */
export const ruleRoutes = (): Route[] => [current, versions, replace];

const rulesView = z.object({
  version: z.int().describe('Send it as If-Match with a new version'),
  rules: newRulesSchema.shape.rules,
  note: z.string(),
  createdBy: z.string().nullable().describe('Null for the examples that a new installation begins with'),
  createdAt: z.iso.datetime(),
});

const viewOf = (version: RuleVersion): z.input<typeof rulesView> => ({
  ...version,
  rules: [...version.rules],
  createdAt: version.createdAt.toString(),
});

const EXAMPLE: z.input<typeof rulesView> = {
  version: 2,
  rules: [
    { name: 'Everybody is concerned', when: { scope: ['all-users'] }, severity: 'emergency' },
    { name: 'Everything else', when: {}, severity: 'general' },
  ],
  note: 'As agreed in the yearly review',
  createdBy: 'Service desk',
  createdAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'incidents' } as const;

const current = defineRead({
  ...common,
  path: '/incident-classification',
  operationId: 'getIncidentRules',
  summary: 'The classification rules in force',
  permission: 'incident.read',
  response: rulesView,
  examples: { response: EXAMPLE },
  handle: async ({ db }) => {
    const rules = await currentRules(db);
    return { body: viewOf(rules), version: rules.version };
  },
});

const versions = defineRead({
  ...common,
  path: '/incident-classification/versions',
  operationId: 'listIncidentRuleVersions',
  summary: 'All versions of the classification rules, newest first',
  permission: 'incident.read',
  query: pageQueryBy(z.int().min(1).max(1_000_000_000)),
  response: pageSchema(rulesView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const rows = await listRuleVersions(db, { limit: query.limit + 1, before: query.after });
    const page = pageOf(rows, query.limit, ({ version }) => version);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const replace = defineWrite({
  ...common,
  method: 'post',
  path: '/incident-classification/versions',
  operationId: 'replaceIncidentRules',
  summary: 'Replace the classification rules by a new version; severities that were given stay',
  permission: 'incident.write',
  ifMatch: true,
  errors: ['stale-incident-rules'],
  status: 201,
  body: newRulesSchema,
  response: rulesView,
  examples: { body: { rules: EXAMPLE.rules, note: EXAMPLE.note }, response: EXAMPLE },
  handle: async (request) => {
    const rules = await replaceRules(request.tx, request, request.expectedVersion, request.body);
    return { body: viewOf(rules), version: rules.version, location: '/incident-classification' };
  },
});
