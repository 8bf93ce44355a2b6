import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { defineRead, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { type AuditEntry, auditEntries } from './audit.queries.ts';
import type { AuditReport } from './audit-verification.ts';

export interface AuditRouteDeps {
  /** Runs a whole verification: `verifyAudit` with the installation's keys and anchors. */
  readonly verify: (signal: AbortSignal) => Promise<AuditReport>;
}

/** The audit trail: who did what, and whether it still is what was written. */
export const auditRoutes = (deps: AuditRouteDeps): Route[] => [listEntries, getVerification(deps)];

const common = { tag: 'audit', permission: 'audit.read' } as const;

const entrySchema = z.object({
  id: z.string(),
  occurredAt: z.iso.datetime(),
  actor: z.object({ id: z.uuid().nullable().describe('null: the service itself'), name: z.string() }),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
  sealSeq: z.string().nullable().describe('The seal that covers the entry; null until about a second after it'),
});

const digits = z.string().regex(/^\d{1,18}$/);
const instant = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text));

const entryQuery = pageQueryBy(z.tuple([digits, digits])).extend({
  actorId: z.uuid().optional().describe('Only what this principal did'),
  action: lineText(100).optional().describe('Only this action, such as `token.revoke`'),
  subjectKind: lineText(100).optional().describe('Only what was done to things of this kind'),
  subjectId: lineText(300).optional().describe('Only what was done to the thing of this id'),
  from: instant.optional().describe('Not before this instant'),
  until: instant.optional().describe('Before this instant'),
});

const viewOf = (entry: AuditEntry): z.input<typeof entrySchema> => ({
  id: entry.id,
  occurredAt: entry.occurredAt.toString(),
  actor: { id: entry.actorId, name: entry.actorName },
  action: entry.action,
  subject: { kind: entry.subjectKind, id: entry.subjectId },
  details: entry.details,
  requestId: entry.requestId,
  sealSeq: entry.sealSeq,
});

const listEntries = defineRead({
  ...common,
  path: '/audit-entries',
  operationId: 'listAuditEntries',
  summary: 'What was done, by whom, to what: the newest first',
  query: entryQuery,
  response: pageSchema(entrySchema),
  examples: {
    response: {
      items: [
        {
          id: '4711',
          occurredAt: '2026-11-22T09:30:00.123Z',
          actor: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' },
          action: 'token.revoke',
          subject: { kind: 'token', id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12' },
          details: { reason: 'laptop lost' },
          requestId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c13',
          sealSeq: '4702',
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const page = pageOf(await auditEntries(db, filter, { limit: limit + 1, after }), limit, (entry) => entry.key);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const reportSchema = z.object({
  sound: z.boolean().describe('Something was checked and nothing was found'),
  entries: z.int(),
  sealed: z.int(),
  headSeq: z.string().nullable(),
  unsealedTail: z.object({ count: z.int(), ids: z.array(z.string()).max(100), oldestSeconds: z.number() }),
  anchors: z.object({
    count: z.int(),
    newestSeq: z.string().nullable(),
    newestAt: z.string().nullable(),
    sealsSince: z.int().describe('Seals after the newest anchor: if they were cut off, nothing would tell'),
  }),
  findings: z.array(
    z.object({
      kind: z.string(),
      message: z.string(),
      seq: z.string().optional(),
      entryId: z.string().optional(),
      file: z.string().optional(),
      line: z.int().optional(),
    }),
  ),
  findingsOmitted: z.int(),
  hints: z.array(z.string()),
});

const getVerification = ({ verify }: AuditRouteDeps) =>
  defineRead({
    ...common,
    path: '/audit/verification',
    operationId: 'verifyAudit',
    summary: 'Check the whole trail now against its seals and anchors',
    response: reportSchema,
    examples: {
      response: {
        sound: true,
        entries: 4711,
        sealed: 4710,
        headSeq: '4710',
        unsealedTail: { count: 1, ids: ['4712'], oldestSeconds: 0.4 },
        anchors: { count: 260, newestSeq: '4702', newestAt: '2026-11-22T09:29:41.000Z', sealsSince: 8 },
        findings: [],
        findingsOmitted: 0,
        hints: [],
      },
    },
    handle: async ({ signal }) => ({ body: reportView(await verify(signal)) }),
  });

const reportView = (report: AuditReport): z.input<typeof reportSchema> => ({
  ...report,
  unsealedTail: { ...report.unsealedTail, ids: [...report.unsealedTail.ids] },
  findings: [...report.findings],
  hints: [...report.hints],
});
