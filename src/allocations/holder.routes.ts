import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { defineRead, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { HOLDER_KINDS } from './allocation.ts';
import { listHolders } from './holder.queries.ts';

/** Who can have things, in one list whatever they are: for whoever hands something out. */
export const holderRoutes = (): Route[] => [list];

const holderView = z.object({
  kind: z.enum(HOLDER_KINDS),
  id: z.uuid(),
  name: z.string(),
  code: z.string().nullable().describe('Of a project; null for all others'),
});

const list = defineRead({
  tag: 'allocations',
  path: '/holders',
  operationId: 'listHolders',
  summary: 'Active persons and teams, services and projects in use: who can have things, in the order of their names',
  permission: 'allocation.read',
  query: pageQueryBy(z.strictObject({ name: z.string().max(200), id: z.uuid() })).extend({
    kind: z.enum(HOLDER_KINDS).optional().describe('Only those of this kind'),
    q: lineText(200)
      .optional()
      .describe('Only those whose name begins with this text, whatever the case; of projects their code does'),
  }),
  response: pageSchema(holderView),
  examples: {
    response: {
      items: [{ kind: 'person', id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Night shift', code: null }],
      next: null,
    },
  },
  handle: async ({ db, query: { limit, after, q = '', kind } }) => {
    const page = pageOf(await listHolders(db, { q, kind }, { limit: limit + 1, after }), limit, (row) => row.key);
    return { body: { items: page.items.map(({ holder, code }) => ({ ...holder, code })), next: page.next } };
  },
});
