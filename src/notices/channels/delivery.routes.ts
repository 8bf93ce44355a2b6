import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { attemptsAt, deliveryById, listDeliveries } from './delivery.queries.ts';
import { redriveDelivery } from './delivery.service.ts';
import { DELIVERY_KINDS, DELIVERY_STATES, type Delivery, type DeliveryAttempt } from './delivery.ts';

/** What was sent by channels, what waits, and what was given up. */
export const deliveryRoutes = (): Route[] => [list, getOne, redrive];

const deliveryView = z.object({
  id: z.uuid().describe('The id of the message, the same at every attempt'),
  kind: z.enum(DELIVERY_KINDS),
  channel: z.object({ id: z.uuid(), name: z.string() }),
  notice: z.object({ id: z.uuid(), kind: z.string(), summary: z.string() }).nullable(),
  urgency: z.int().min(1).max(4),
  address: z.string().nullable().describe('Of e-mail: where it goes'),
  state: z
    .enum(DELIVERY_STATES)
    .describe('bundled: it goes in a digest. dead: it is not tried again unless somebody has it sent again'),
  digestId: z.uuid().nullable().describe('The delivery of the digest that lists it'),
  attempt: z.int(),
  dueAt: z.iso.datetime().describe('When it is tried next, at the earliest'),
  settledAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});

const attemptView = z.object({
  attempt: z.int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: z
    .enum(['delivered', 'failed', 'refused', 'gone', 'lost'])
    .nullable()
    .describe('lost: the process that made it died, and nobody knows how it ended'),
  status: z.int().nullable(),
  detail: z.string().nullable().describe('What happened; nothing that the receiver wrote'),
});

const viewOf = ({ dueAt, settledAt, createdAt, ...delivery }: Delivery): z.input<typeof deliveryView> => ({
  ...delivery,
  dueAt: dueAt.toString(),
  settledAt: settledAt?.toString() ?? null,
  createdAt: createdAt.toString(),
});

const viewOfAttempt = ({ startedAt, endedAt, ...attempt }: DeliveryAttempt): z.input<typeof attemptView> => ({
  ...attempt,
  startedAt: startedAt.toString(),
  endedAt: endedAt?.toString() ?? null,
});

const EXAMPLE: z.input<typeof deliveryView> = {
  id: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0f',
  kind: 'notice',
  channel: { id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c11', name: 'Operations room' },
  notice: {
    id: '019aab2c-8c20-7a3b-8d11-4e5f6a7b8c9d',
    kind: 'hold.displaced',
    summary: 'An emergency took 1 x PSU-750W that was held for you',
  },
  urgency: 1,
  address: null,
  state: 'dead',
  digestId: null,
  attempt: 11,
  dueAt: '2026-11-23T06:43:00Z',
  settledAt: '2026-11-23T06:43:01Z',
  createdAt: '2026-11-22T02:30:00Z',
};

const common = { tag: 'notices', permission: 'alert.read' } as const;

const list = defineRead({
  ...common,
  path: '/notice-deliveries',
  operationId: 'listNoticeDeliveries',
  summary: 'What channels carried, carry and gave up, newest first',
  query: pageQuery.extend({
    channelId: z.uuid().optional().describe('Only those of one channel'),
    state: z.enum(DELIVERY_STATES).optional().describe('Only those in one state'),
  }),
  response: pageSchema(deliveryView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, ...filter } }) => {
    const page = pageOf(await listDeliveries(db, { ...filter, limit: limit + 1 }), limit, (row) => row.id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/notice-deliveries/{id}',
  operationId: 'getNoticeDelivery',
  summary: 'One delivery with its newest 100 attempts',
  errors: ['no-such-notice-delivery'],
  params: idParams,
  response: deliveryView.extend({ attempts: z.array(attemptView) }),
  examples: {
    response: {
      ...EXAMPLE,
      attempts: [
        {
          attempt: 11,
          startedAt: '2026-11-23T06:43:00Z',
          endedAt: '2026-11-23T06:43:01Z',
          outcome: 'failed',
          status: 500,
          detail: 'answered 500',
        },
      ],
    },
  },
  handle: async ({ db, params }) => {
    const delivery = await deliveryById(db, params.id);
    return { body: { ...viewOf(delivery), attempts: (await attemptsAt(db, params.id)).map(viewOfAttempt) } };
  },
});

const redrive = defineWrite({
  ...common,
  permission: 'alert.operate',
  method: 'post',
  path: '/notice-deliveries/{id}/redrive',
  operationId: 'redriveNoticeDelivery',
  summary: 'Have a delivery that was given up sent again, under the same id',
  errors: ['no-such-notice-delivery', 'delivery-not-dead', 'delivery-in-digest', 'notification-channel-retired'],
  params: idParams,
  response: deliveryView,
  examples: { response: { ...EXAMPLE, state: 'waiting', settledAt: null } },
  handle: async (request) => ({ body: viewOf(await redriveDelivery(request.tx, request, request.params.id)) }),
});
