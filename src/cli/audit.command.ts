import type { RegisterCommand } from './command.ts';

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
    .action(() => run(async (context) => (await import('./audit-verify.ts')).verifyTrail(context)));
  audit
    .command('acknowledge-rewind')
    .description('state for good, in the anchors, that the database was put back to an older state on purpose')
    .requiredOption('--reason <text>', 'why; every later verification shows it')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nFor a database that was put back in another way than by muster restore, which states it itself. Exit status: 0 stated; 1 failed, or the trail has no fault that a rewind explains; 2 wrong usage.\nExample: muster audit acknowledge-rewind --reason "disk snapshot of 2026-11-21 put back after the controller failed"',
    )
    .action(({ reason }: { reason: string }) =>
      run(async (context) => (await import('./audit-acknowledge.ts')).acknowledge(context, reason)),
    );
};
