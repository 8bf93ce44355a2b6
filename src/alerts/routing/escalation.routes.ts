import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, type Route } from '../../http/route.ts';
import { alertById } from '../alert.queries.ts';
import { plansOfAlert } from '../plans/alert-plan.queries.ts';
import { PLAN_EXAMPLE, READINESS_EXAMPLE } from '../plans/response-plan.examples.ts';
import { editionOfPlan } from '../plans/response-plan.queries.ts';
import { editionView, holderView, readinessView, viewOfEdition } from '../plans/response-plan.views.ts';
import { rungView, viewOfRung } from './alert-route.views.ts';
import { type Ladder, laddersOf, type PastFiring, pastFirings } from './escalation.queries.ts';

/** Who was told of an alert, who is next, and what its response plan took. */
export const escalationRoutes = (): Route[] => [escalation, history, response];

const common = { tag: 'alerts', permission: 'alert.read', errors: ['no-such-alert'] } as const;

const instant = z.iso.datetime();

const ladderView = z.object({
  level: z.int(),
  startedAt: instant,
  restsSince: instant
    .nullable()
    .describe('Nobody is told meanwhile: somebody has acknowledged it, or it is suppressed'),
  endedAt: instant.nullable(),
  endedBy: z.enum(['raised', 'closed']).nullable(),
  nextDueAt: instant.nullable().describe('When the next rung is due; null: none is left, or the ladder rests'),
  rungs: z.array(rungView).describe('As they were when the ladder began'),
});

const viewOfLadder = ({ id: _, ...ladder }: Ladder): z.input<typeof ladderView> => ({
  ...ladder,
  startedAt: ladder.startedAt.toString(),
  restsSince: ladder.restsSince?.toString() ?? null,
  endedAt: ladder.endedAt?.toString() ?? null,
  nextDueAt: ladder.nextDueAt?.toString() ?? null,
  rungs: ladder.rungs.map(viewOfRung),
});

const RUNG = { afterSeconds: 0, repeats: 1, repeatEverySeconds: 900, roles: [{ kind: 'on-duty' as const }] };

const escalation = defineRead({
  ...common,
  path: '/alerts/{id}/escalation',
  operationId: 'getAlertEscalation',
  summary: 'The escalation ladders of an alert as they began, the newest first, and where each stands; 50 at most',
  params: idParams,
  response: z.object({ ladders: z.array(ladderView) }),
  examples: {
    response: {
      ladders: [
        {
          level: 2,
          startedAt: '2026-11-22T09:30:00Z',
          restsSince: null,
          endedAt: null,
          endedBy: null,
          nextDueAt: '2026-11-22T09:45:00Z',
          rungs: [RUNG],
        },
      ],
    },
  },
  handle: async ({ db, params }) => {
    await alertById(db, params.id);
    return { body: { ladders: (await laddersOf(db, params.id)).map(viewOfLadder) } };
  },
});

const firingView = z.object({
  id: z.uuid(),
  level: z.int(),
  rung: z.int().describe('Counted from 1'),
  repeat: z.int().nullable().describe('0 is the first time; null: told again because a reminder was due'),
  state: z
    .enum(['told', 'skipped', 'stopped'])
    .describe('skipped: a later repeat stood for it; stopped: its ladder had ended before'),
  dueAt: instant,
  doneAt: instant,
  late: z.boolean().describe('Told more than two minutes after it was due'),
  nobody: z
    .boolean()
    .describe('Its roles found nobody at that moment: the next rung, or somebody in their place, was told at once'),
  missing: z.array(z.string()).describe('Why somebody was missing'),
  told: z.array(
    holderView.extend({
      noticeId: z.uuid().nullable().describe('The notice; its deliveries say which channels carried it'),
      readAt: instant.nullable(),
    }),
  ),
});

const viewOfFiring = (firing: PastFiring): z.input<typeof firingView> => ({
  ...firing,
  dueAt: firing.dueAt.toString(),
  doneAt: firing.doneAt.toString(),
  missing: [...firing.missing],
  told: [...firing.told],
});

const cursor = z.strictObject({ doneMs: z.int().min(0).max(253_402_300_799_000), id: z.uuid() });

const history = defineRead({
  ...common,
  path: '/alerts/{id}/firings',
  operationId: 'listAlertFirings',
  summary: 'Who was told of an alert, when and by which notice, oldest first; also where nobody was found',
  params: idParams,
  query: pageQueryBy(cursor),
  response: pageSchema(firingView),
  examples: {
    response: {
      items: [
        {
          id: '019aab2c-8c20-7a3b-8d11-4e5f6a7b8c9d',
          ...{ level: 2, rung: 1, repeat: 0, state: 'told', late: false, nobody: false, missing: [] },
          dueAt: '2026-11-22T09:30:00Z',
          doneAt: '2026-11-22T09:30:00Z',
          told: [
            {
              id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12',
              ...{ kind: 'person', name: 'Duty technician', because: 'on call by Databases at night' },
              noticeId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
              readAt: null,
            },
          ],
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, params, query: { limit, after } }) => {
    await alertById(db, params.id);
    const page = pageOf(await pastFirings(db, params.id, { limit: limit + 1, after }), limit, (row) => row.cursor);
    return { body: { items: page.items.map(({ firing }) => viewOfFiring(firing)), next: page.next } };
  },
});

const keptView = z.object({
  level: z.int(),
  recordedAt: instant.describe('When the alert opened or rose'),
  plan: editionView.extend({ id: z.uuid() }).describe('The edition that was in force then'),
  readiness: readinessView.describe('What was there then'),
});

const response = defineRead({
  ...common,
  path: '/alerts/{id}/response',
  operationId: 'getAlertResponse',
  summary:
    'The response plan of an alert as it was when the alert opened or rose, and whether it was ready then; newest first',
  params: idParams,
  response: z.object({
    plans: z.array(keptView).describe('None where no response plan was for its service and level'),
  }),
  examples: {
    response: {
      plans: [
        {
          level: 3,
          recordedAt: '2026-11-22T09:30:00Z',
          plan: { ...editionView.parse(PLAN_EXAMPLE), id: PLAN_EXAMPLE.id },
          readiness: READINESS_EXAMPLE,
        },
      ],
    },
  },
  handle: async ({ db, params }) => {
    await alertById(db, params.id);
    const plans: z.input<typeof keptView>[] = [];
    for (const { level, planId, edition, recordedAt, readiness } of await plansOfAlert(db, params.id)) {
      const plan = { ...viewOfEdition(await editionOfPlan(db, planId, edition)), id: planId };
      plans.push({ level, recordedAt: recordedAt.toString(), plan, readiness });
    }
    return { body: { plans } };
  },
});
