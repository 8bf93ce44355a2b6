import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { AuditEntry } from './audit.queries.ts';
import type { AuditReport } from './audit-verification.ts';

/** An audit entry as the API shows it. */
export const entrySchema = z.object({
  id: z.string(),
  occurredAt: z.iso.datetime(),
  actor: z.object({ id: z.uuid().nullable().describe('null: the service itself'), name: z.string() }),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
  sealSeq: z.string().nullable().describe('The seal that covers the entry; null until about a second after it'),
});

/** An entry's id, and an instant in microseconds, as text. */
export const digits = z.string().regex(/^\d{1,18}$/);
const instant = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text));

/** What the trail can be asked for. */
export const auditFilterQuery = z.strictObject({
  text: lineText(200)
    .optional()
    .describe(
      'Only entries in whose actor, action, subject, request or details this stands, whatever the case. A page looks through 20,000 entries of the other filters: it may be short, or empty, and still have a `next`',
    ),
  actorId: z.uuid().optional().describe('Only what this principal did'),
  doneBy: z
    .enum(['service', 'principals'])
    .optional()
    .describe('Only what the service did by itself, or only what others did'),
  action: lineText(100).optional().describe('Only this action, such as `token.revoke`'),
  subjectKind: lineText(100).optional().describe('Only what was done to things of this kind'),
  subjectId: lineText(300).optional().describe('Only what was done to the thing of this id'),
  from: instant.optional().describe('Not before this instant'),
  until: instant.optional().describe('Before this instant'),
});

export const viewOfEntry = (entry: AuditEntry): z.input<typeof entrySchema> => ({
  id: entry.id,
  occurredAt: entry.occurredAt.toString(),
  actor: { id: entry.actorId, name: entry.actorName },
  action: entry.action,
  subject: { kind: entry.subjectKind, id: entry.subjectId },
  details: entry.details,
  requestId: entry.requestId,
  sealSeq: entry.sealSeq,
});

export const ENTRY_EXAMPLE: z.input<typeof entrySchema> = {
  id: '4711',
  occurredAt: '2026-11-22T09:30:00.123Z',
  actor: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' },
  action: 'token.revoke',
  subject: { kind: 'token', id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12' },
  details: { reason: 'laptop lost' },
  requestId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c13',
  sealSeq: '4702',
};

/** A verification as the API shows it. */
export const reportSchema = z.object({
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

export const reportView = (report: AuditReport): z.input<typeof reportSchema> => ({
  ...report,
  unsealedTail: { ...report.unsealedTail, ids: [...report.unsealedTail.ids] },
  findings: [...report.findings],
  hints: [...report.hints],
});
