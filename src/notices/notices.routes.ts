import { z } from 'zod';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { noticeById, noticesOf } from './notice.queries.ts';
import { markNoticeRead } from './notice.store.ts';
import type { Notice } from './notice.ts';

/** What the caller, and the teams that the caller belongs to, have been told. */
export const noticeRoutes = (): Route[] => [list, markRead];

const noticeView = z.object({
  id: z.uuid(),
  kind: z.string().describe('What it is about: subject.event'),
  recipient: z.object({ id: z.uuid(), kind: z.string(), name: z.string() }).describe('The caller, or a team'),
  subjectKind: z.string(),
  subjectId: z.uuid(),
  urgency: z.int().min(1).max(4).describe('1 can wait, 4 is an emergency'),
  summary: z.string(),
  details: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
  deliveredAt: z.iso.datetime().nullable().describe('When a channel carried it; null until one has'),
  readAt: z.iso.datetime().nullable().describe('For a team: when its first member read it'),
});

const viewOf = (notice: Notice): z.input<typeof noticeView> => ({
  ...notice,
  createdAt: notice.createdAt.toString(),
  deliveredAt: notice.deliveredAt?.toString() ?? null,
  readAt: notice.readAt?.toString() ?? null,
});

const EXAMPLE: z.input<typeof noticeView> = {
  id: '019aab2c-8c20-7a3b-8d11-4e5f6a7b8c9d',
  kind: 'hold.displaced',
  recipient: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', kind: 'team', name: 'Database operations' },
  subjectKind: 'allocation',
  subjectId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
  urgency: 1,
  summary: 'An emergency took 1 x PSU-750W that was held for you',
  details: { part: 'PSU-750W', quantity: 1 },
  createdAt: '2026-11-22T02:30:00Z',
  deliveredAt: null,
  readAt: null,
};

const common = { tag: 'notices', permission: 'notice.own' } as const;

const list = defineRead({
  ...common,
  path: '/notices',
  operationId: 'listNotices',
  summary: 'Notices to the caller and to the teams that the caller belongs to, newest first',
  query: pageQuery.extend({
    unread: queryBoolean().default(false).describe('Only those that nobody has marked as read'),
  }),
  response: pageSchema(noticeView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, principal, query }) => {
    const { limit, after, unread } = query;
    const page = pageOf(await noticesOf(db, principal.id, { unread, after, limit: limit + 1 }), limit, (row) => row.id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const markRead = defineWrite({
  ...common,
  method: 'post',
  path: '/notices/{id}/read',
  operationId: 'readNotice',
  summary: 'Mark a notice as read; for a team it is read when one member has read it',
  errors: ['no-such-notice'],
  params: idParams,
  response: noticeView,
  examples: { response: { ...EXAMPLE, readAt: '2026-11-22T02:41:00Z' } },
  handle: async (request) => {
    const { tx, principal, params } = request;
    if (await markNoticeRead(tx, principal.id, params.id)) {
      const subject = { subjectKind: 'notice', subjectId: params.id };
      await recordAudit(tx, { ...originOf(request), action: 'notice.read', ...subject });
    }
    return { body: viewOf(await noticeById(tx, params.id)) };
  },
});
