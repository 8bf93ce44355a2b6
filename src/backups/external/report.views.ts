import { z } from 'zod';
import { type BackupReport, REPORT_KINDS } from './report.ts';

export const reportSchema = z.object({
  id: z.uuid(),
  setId: z.uuid(),
  kind: z.enum(REPORT_KINDS),
  via: z.enum(['api', 'ping']),
  receivedAt: z.iso.datetime(),
  pointName: z.string().nullable().describe('The point as the reporter named it'),
  pointId: z.uuid().nullable(),
  digest: z.string().nullable(),
  sizeBytes: z.int().nullable(),
  durationSeconds: z.number().nullable(),
  logExcerpt: z.string().nullable().describe('The end of its log'),
  verdict: z.enum(['damaged']).nullable().describe('A success of 0 bytes is damaged'),
});

export function reportView(report: BackupReport): z.input<typeof reportSchema> {
  const { id, setId, kind, via } = report;
  return {
    ...{ id, setId, kind, via },
    receivedAt: report.receivedAt.toString(),
    pointName: report.pointName ?? null,
    pointId: report.pointId ?? null,
    digest: report.digest ?? null,
    sizeBytes: report.sizeBytes ?? null,
    durationSeconds: report.durationSeconds ?? null,
    logExcerpt: report.logExcerpt ?? null,
    verdict: report.verdict ?? null,
  };
}
