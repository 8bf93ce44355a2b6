import type { AuditFinding } from '../audit/audit-finding.ts';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { type AuditReport, verifyAudit } from '../audit/audit-verification.ts';
import { formatSeconds } from '../kernel/units.ts';
import { acknowledge } from './audit-acknowledge.ts';
import { type CommandContext, EXIT, type RegisterCommand } from './command.ts';
import { pairs } from './output.ts';
import { createRatedMeter } from './progress-meter.ts';
import { withRuntime } from './with-runtime.ts';

export const registerAudit: RegisterCommand = (program, run) => {
  const audit = program.command('audit').description('the audit trail: is it as it was written?');
  audit
    .command('verify')
    .description('read the whole audit trail and its anchors; say what was edited, deleted, cut off or rewritten')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nIt only reads. Exit status: 0 entries were checked and nothing was found; 1 something was found, or nothing could be checked; 2 wrong usage.\nExample: muster audit verify --json | jq .findings',
    )
    .action(() => run(verify));
  audit
    .command('acknowledge-rewind')
    .description('state for good, in the anchors, that the database was put back to an older state on purpose')
    .requiredOption('--reason <text>', 'why; every later verification shows it')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nFor a database that was put back in another way than by muster restore, which states it itself. Exit status: 0 stated; 1 failed, or the trail has no fault that a rewind explains; 2 wrong usage.\nExample: muster audit acknowledge-rewind --reason "disk snapshot of 2026-11-21 put back after the controller failed"',
    )
    .action(({ reason }: { reason: string }) => run((context) => acknowledge(context, reason)));
};

async function verify(context: CommandContext): Promise<number> {
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
