import { z } from 'zod';
import { ALERT_LEVELS } from '../alerts/alert.ts';
import type { DrillCatalogue } from '../drills/catalogue.ts';
import { encodeCursor, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { serviceById } from '../services/service.queries.ts';
import { READINESS_EXAMPLE } from './readiness.examples.ts';
import { readinessOfServices } from './readiness.service.ts';
import { CONCLUSIONS } from './readiness.ts';
import { readinessView, viewOfReadiness } from './readiness.views.ts';
import { readinessPage } from './readiness-list.service.ts';
import { type ReadinessSummary, readinessSummary } from './readiness-summary.service.ts';
import { recentAnswer } from './recent-answer.ts';

/** What the routes need. */
export interface ReadinessDeps {
  readonly catalogue: DrillCatalogue;
  readonly monotonicMs: () => number;
}

/** Whether services could be recovered inside the SLA with what is there at this moment, and why not. */
export const readinessRoutes = (deps: ReadinessDeps): Route[] => [list(deps), summary(deps), getOne(deps)];

// Whoever may read the register of services may read all that is told of them here: every role that has this permission has
// those of backups, drills, inventory, licences, alerts and the SLA too, which a test holds.
const common = { tag: 'readiness', permission: 'service.read' } as const;

const list = ({ catalogue }: ReadinessDeps) =>
  defineRead({
    ...common,
    path: '/readiness',
    operationId: 'listReadiness',
    summary: 'Services in use, the worst loss first: could each be recovered now with what is there, and why not',
    query: pageQueryBy(z.tuple([z.enum(SEVERITIES), z.string().max(240)])).extend({
      criticality: z.enum(SEVERITIES).optional().describe('Only services of this criticality'),
      ownerId: z.uuid().optional().describe('Only those of this person or team'),
      dependsOn: z.uuid().optional().describe('Only those that depend directly on this service'),
      neededBy: z.uuid().optional().describe('Only those that this service depends on directly'),
      conclusion: z
        .enum(CONCLUSIONS)
        .optional()
        .describe('Only those of this conclusion: a page may then hold fewer than the limit and have a next one'),
    }),
    response: pageSchema(readinessView),
    examples: { response: { items: [READINESS_EXAMPLE], next: null } },
    handle: async ({ db, query: { limit, after, ...filter } }) => {
      const { items, next } = await readinessPage(db, await catalogue.refresh(), filter, { limit, after });
      return { body: { items: items.map(viewOfReadiness), next: next && encodeCursor(next) } };
    },
  });

const getOne = ({ catalogue }: ReadinessDeps) =>
  defineRead({
    ...common,
    path: '/readiness/{id}',
    operationId: 'getReadiness',
    summary: 'Whether one service could be recovered now with what is there, and why not; also a retired one',
    errors: ['no-such-service'],
    params: idParams,
    response: readinessView,
    examples: { response: READINESS_EXAMPLE },
    handle: async ({ db, params }) => {
      const service = await serviceById(db, params.id);
      const [readiness] = await readinessOfServices(db, [service], await catalogue.refresh());
      if (!readiness) throw new Error('One service has one readiness');
      return { body: viewOfReadiness(readiness) };
    },
  });

const count = z.int();

const summaryView = z.object({
  checkedAt: z.iso.datetime().describe('When it was counted: up to 15 seconds ago'),
  services: z
    .object({ ready: count, notReady: count, notAssessed: count, proven: count })
    .describe('Services in use by their conclusion, and how many of all are proven'),
  alerts: z.array(z.object({ level: z.literal(ALERT_LEVELS), count })).describe('Open ones, the worst first'),
  incidents: z.object({ emergency: count, important: count, general: count }).describe('Open ones by severity'),
  clocks: z.object({ overdue: count, dueIn24Hours: count }).describe('SLA clocks that run'),
  backupSets: z.object({ inUse: count, stale: count }),
  overdueCheckouts: count.describe('Lines of check-outs that are out and should be back'),
});

function viewOfSummary(counted: ReadinessSummary): z.input<typeof summaryView> {
  const { checkedAt, services, proven, alerts, incidents, clocks, sets, overdueCheckouts } = counted;
  const open = (severity: (typeof SEVERITIES)[number]) => incidents.get(severity) ?? 0;
  return {
    checkedAt: checkedAt.toString(),
    services: {
      ready: services.ready,
      notReady: services['not-ready'],
      notAssessed: services['not-assessed'],
      proven,
    },
    alerts: [...alerts],
    incidents: { emergency: open('emergency'), important: open('important'), general: open('general') },
    clocks: { overdue: clocks.overdue, dueIn24Hours: clocks.dueSoon },
    backupSets: sets,
    overdueCheckouts,
  };
}

/** Everybody's first page asks for it again and again, and it judges every service. */
const SUMMARY_KEPT_MS = 15_000;

const summary = ({ catalogue, monotonicMs }: ReadinessDeps) => {
  const recent = recentAnswer<ReadinessSummary>(SUMMARY_KEPT_MS, monotonicMs);
  return defineRead({
    ...common,
    path: '/readiness/summary',
    operationId: 'getReadinessSummary',
    summary: 'How many services could be recovered now, and what is open: counts over everything in use',
    response: summaryView,
    examples: {
      response: {
        checkedAt: '2026-11-22T10:30:00Z',
        services: { ready: 11, notReady: 2, notAssessed: 4, proven: 12 },
        alerts: [{ level: 3, count: 1 }],
        incidents: { emergency: 0, important: 1, general: 3 },
        clocks: { overdue: 0, dueIn24Hours: 2 },
        backupSets: { inUse: 23, stale: 1 },
        overdueCheckouts: 2,
      },
    },
    handle: async ({ db }) => ({
      body: viewOfSummary(await recent(async () => readinessSummary(db, await catalogue.refresh()))),
    }),
  });
};
