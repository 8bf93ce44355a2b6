import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { timelineOf } from './timeline.queries.ts';
import { TIMELINE_KINDS } from './timeline.ts';

/** Everything that has happened in an incident. */
export const timelineRoutes = (): Route[] => [timeline];

const itemView = z.object({
  at: z.iso.datetime().describe('When it happened'),
  kind: z.enum(TIMELINE_KINDS),
  by: z.string().nullable().describe('Null for what nobody has done'),
  lateBecause: z.string().nullable(),
  recordedAt: z.iso.datetime().nullable().describe('When it was entered'),
  details: z.record(z.string(), z.unknown()).describe('What was said, by its kind'),
});

const cursor = z.tuple([z.string().regex(/^\d{1,18}$/), z.string().max(100)]);

const timeline = defineRead({
  tag: 'incidents',
  path: '/incidents/{id}/timeline',
  operationId: 'getIncidentTimeline',
  summary: 'Everything that has happened in an incident, in the order in which it happened',
  permission: 'incident.read',
  errors: ['no-such-incident'],
  params: idParams,
  query: pageQueryBy(cursor).extend({ kind: z.enum(TIMELINE_KINDS).optional().describe('Only items of this kind') }),
  response: pageSchema(itemView),
  examples: {
    response: {
      items: [
        {
          at: '2026-11-22T09:42:00.000Z',
          kind: 'contact',
          by: 'Service desk',
          lateBecause: null,
          recordedAt: '2026-11-22T09:42:10.000Z',
          details: { who: 'Night shift', how: 'phone', said: 'We are on it, next word in 30 minutes' },
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, params, query }) => {
    const rows = await timelineOf(db, params.id, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, (row) => row.cursor);
    return { body: { items: page.items.map(({ cursor: _, ...item }) => item), next: page.next } };
  },
});
