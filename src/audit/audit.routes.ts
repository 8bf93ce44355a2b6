import { z } from 'zod';
import { encodeCursor, pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { defineRead, type Route } from '../http/route.ts';
import { auditEntries, auditEntryById } from './audit.queries.ts';
import {
  auditFilterQuery,
  digits,
  ENTRY_EXAMPLE,
  entrySchema,
  reportSchema,
  reportView,
  viewOfEntry,
} from './audit.views.ts';
import type { AuditReport } from './audit-verification.ts';
import { auditVocabulary } from './audit-vocabulary.queries.ts';
import type { SealStatus } from './seal-status.ts';

export interface AuditRouteDeps {
  /** Runs a whole verification: `verifyAudit` with the installation's keys and anchors. */
  readonly verify: (signal: AbortSignal) => Promise<AuditReport>;
  /** `readSealStatus` with the installation's keys and anchors. */
  readonly sealStatus: () => Promise<SealStatus>;
}

/** The audit trail: who did what, and whether it still is what was written. */
export const auditRoutes = (deps: AuditRouteDeps): Route[] => [
  listEntries,
  getEntry,
  getVocabulary,
  getSealStatus(deps),
  getVerification(deps),
];

const common = { tag: 'audit', permission: 'audit.read' } as const;

const listEntries = defineRead({
  ...common,
  path: '/audit-entries',
  operationId: 'listAuditEntries',
  summary: 'What was done, by whom, to what: the newest first',
  query: pageQueryBy(z.tuple([digits, digits])).extend(auditFilterQuery.shape),
  response: pageSchema(entrySchema),
  examples: { response: { items: [ENTRY_EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const { entries, stoppedAt } = await auditEntries(db, filter, { limit: limit + 1, after });
    const page = pageOf(entries, limit, (entry) => entry.key);
    const next = page.next ?? (stoppedAt && encodeCursor(stoppedAt.key));
    return { body: { items: page.items.map(viewOfEntry), next } };
  },
});

const getEntry = defineRead({
  ...common,
  path: '/audit-entries/{id}',
  operationId: 'getAuditEntry',
  summary: 'One entry of the audit trail',
  errors: ['no-such-audit-entry'],
  params: z.strictObject({ id: digits.describe('The number of the entry') }),
  response: entrySchema,
  examples: { response: ENTRY_EXAMPLE },
  handle: async ({ db, params }) => ({ body: viewOfEntry(await auditEntryById(db, params.id)) }),
});

const getVocabulary = defineRead({
  ...common,
  path: '/audit/vocabulary',
  operationId: 'getAuditVocabulary',
  summary: 'What the trail can be asked for: who acted, the actions, and the kinds of things',
  response: z.object({
    actors: z.array(z.object({ id: z.uuid(), name: z.string() })),
    actions: z.array(z.string()),
    subjectKinds: z.array(z.string()),
  }),
  examples: {
    response: {
      actors: [{ id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' }],
      actions: ['token.create', 'token.revoke'],
      subjectKinds: ['token'],
    },
  },
  handle: async ({ db }) => {
    const { actors, actions, subjectKinds } = await auditVocabulary(db);
    return { body: { actors: [...actors], actions: [...actions], subjectKinds: [...subjectKinds] } };
  },
});

const sealStatusSchema = z.object({
  seal: z
    .object({ seq: z.string(), entryId: z.string(), sealedAt: z.iso.datetime() })
    .nullable()
    .describe('The newest seal: every entry before it has one. Null before the first'),
  waitingSeconds: z.number().describe('For how long the oldest entry without a seal has waited; 0 when there is none'),
  anchor: z
    .object({ seq: z.string(), at: z.iso.datetime() })
    .nullable()
    .describe('The newest signed statement about a seal that lies outside the database'),
});

const getSealStatus = ({ sealStatus }: AuditRouteDeps) =>
  defineRead({
    ...common,
    path: '/audit/seal-status',
    operationId: 'getAuditSealStatus',
    summary: 'Up to where the trail is sealed and anchored; whether that holds, `/audit/verification` finds out',
    response: sealStatusSchema,
    examples: {
      response: {
        seal: { seq: '4702', entryId: '4711', sealedAt: '2026-11-22T09:30:01.010Z' },
        waitingSeconds: 0,
        anchor: { seq: '4700', at: '2026-11-22T09:29:41.000Z' },
      },
    },
    handle: async () => ({ body: await sealStatus() }),
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
