import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { stateBreachCause } from './breach-cause.service.ts';
import { breachCausesOf } from './breach-cause.store.ts';
import { BREACH_CAUSES, type BreachCause, newBreachCauseSchema } from './breach-cause.ts';
import { clockById } from './clock.queries.ts';

/** Why SLA clocks were breached, as people state it. */
export const breachCauseRoutes = (): Route[] => [list, state];

const causeView = z.object({
  seq: z.int().describe('1 for the first entry of the clock; the last one holds'),
  cause: z.enum(BREACH_CAUSES),
  note: z.string(),
  by: z.object({ id: z.uuid(), name: z.string() }),
  statedAt: z.iso.datetime(),
});

const viewOf = ({ statedAtMs, ...cause }: BreachCause): z.input<typeof causeView> => ({
  ...cause,
  statedAt: new Date(statedAtMs).toISOString(),
});

const EXAMPLE: z.input<typeof causeView> = {
  seq: 1,
  cause: 'no-spare',
  note: 'The last controller was in repair',
  by: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Duty manager' },
  statedAt: '2026-11-23T09:00:00.000Z',
};

const common = { tag: 'sla', path: '/sla-clocks/{id}/breach-causes', params: idParams } as const;

const list = defineRead({
  ...common,
  operationId: 'listSlaBreachCauses',
  summary: 'What was stated of why an SLA clock was breached, the first entry first',
  permission: 'sla.read',
  errors: ['no-such-clock'],
  query: pageQueryBy(z.int().min(0).max(1000)),
  response: pageSchema(causeView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query: { limit, after } }) => {
    const { id } = await clockById(db, params.id);
    const page = pageOf(await breachCausesOf(db, id, { limit: limit + 1, after }), limit, ({ seq }) => seq);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const state = defineWrite({
  ...common,
  method: 'post',
  operationId: 'stateSlaBreachCause',
  summary: 'State as a person why an SLA clock was breached; the last statement holds in the figures of attainment',
  permission: 'sla.operate',
  errors: ['no-such-clock', 'clock-not-breached', 'person-needed', 'cause-stated', 'too-many-causes'],
  status: 201,
  body: newBreachCauseSchema,
  response: causeView,
  examples: { body: { cause: 'no-spare', note: EXAMPLE.note }, response: EXAMPLE },
  handle: async (request) => ({
    body: viewOf(await stateBreachCause(request.tx, request, request.params.id, request.body)),
  }),
});
