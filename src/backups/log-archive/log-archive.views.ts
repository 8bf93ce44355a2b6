import { z } from 'zod';
import { VERDICTS_WORST_FIRST } from '../../verification/finding.ts';
import type { LogArchive } from './log-archive.ts';

const instant = z.iso.datetime();

export const logArchiveSchema = z.object({
  state: z.enum(['archiving', 'stopped']).describe('Whether a process archives at this moment'),
  begunAt: instant.nullable(),
  behindBytes: z.int().nullable().describe('Written by the server and not archived yet; null where nothing archives'),
  failure: z
    .object({ code: z.string(), message: z.string(), since: instant })
    .nullable()
    .describe('Why nothing can be archived'),
  gap: z
    .object({ timeline: z.int(), fromLsn: z.string(), untilLsn: z.string(), at: instant })
    .nullable()
    .describe('The newest stretch of the log that is lost; a backup that began after it does not need it'),
  check: z
    .object({
      at: instant,
      verdict: z.enum(VERDICTS_WORST_FIRST as [string, ...string[]]),
      findings: z.array(z.looseObject({ kind: z.string(), file: z.string(), message: z.string() })),
      segmentsChecked: z.int(),
      bytesRead: z.int(),
    })
    .nullable()
    .describe('What the last check found of what the kept backups need'),
});

export function logArchiveView(archive: LogArchive): z.input<typeof logArchiveSchema> {
  const { state, begunAt, behindBytes, failure, gap, check } = archive;
  return {
    state,
    begunAt: begunAt?.toString() ?? null,
    behindBytes: behindBytes ?? null,
    failure: failure ? { ...failure, since: failure.since.toString() } : null,
    gap: gap ? { ...gap, at: gap.at.toString() } : null,
    check: check
      ? { ...check, at: check.at.toString(), findings: check.findings.map((found) => ({ ...found })) }
      : null,
  };
}
