import type { AuditFinding } from '../audit/audit-finding.ts';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { type AuditReport, verifyAudit } from '../audit/audit-verification.ts';
import { formatSeconds } from '../kernel/units.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs } from './output.ts';
import { createRatedMeter } from './progress-meter.ts';
import { withRuntime } from './with-runtime.ts';

/** Reads the whole trail and its anchors. @returns the exit status: 0 only when entries were checked and nothing was found. */
export async function verifyTrail(context: CommandContext): Promise<number> {
  const report = await withRuntime(context, { writes: false }, ({ db, keyring, directories, clock }, signal) => {
    const show = createRatedMeter(context.output, clock);
    return verifyAudit({
      db,
      keys: auditKeysOf(keyring),
      anchorDirectory: directories.anchors,
      onProgress: (done, total) => show({ label: `${done} of ${total} seals checked` }),
      signal,
    });
  });
  context.output.answer(report, linesOf);
  return report.sound ? EXIT.ok : EXIT.failed;
}

function linesOf(report: AuditReport): string[] {
  const { unsealedTail: tail, anchors, findings, findingsOmitted } = report;
  const newest =
    anchors.newestSeq === null ? '' : `; the newest names seal ${anchors.newestSeq}, of ${anchors.newestAt}`;
  const counted = findings.length + findingsOmitted;
  return [
    ...pairs([
      [
        'Verdict',
        report.sound
          ? 'sound'
          : counted > 0
            ? `NOT sound: ${counted} found`
            : 'nothing could be checked: no entry is sealed yet',
      ],
      ['Entries', String(report.entries)],
      ['Sealed', `${report.sealed}${report.headSeq === null ? '' : `, up to seal ${report.headSeq}`}`],
      ['Unsealed', unsealed(tail)],
      ['Anchors', `${anchors.count}${newest}; sealed since: ${anchors.sealsSince}`],
    ]),
    ...findings.map(findingLine),
    ...(findingsOmitted > 0 ? [`FOUND  and ${findingsOmitted} more`] : []),
    ...report.hints.map((hint) => `note   ${hint}`),
  ];
}

function unsealed({ count, oldestSeconds }: AuditReport['unsealedTail']): string {
  if (count === 0) return '0';
  return `${count}, the oldest for ${formatSeconds(oldestSeconds)}: an edit to one of these would not be found`;
}

function findingLine({ kind, message }: AuditFinding): string {
  return `FOUND  ${kind}: ${message}`;
}
