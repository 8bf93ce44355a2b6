import { type CommandContext, EXIT, type RegisterCommand } from './command.ts';
import { withRuntime } from './with-runtime.ts';

export const registerMigrate: RegisterCommand = (program, run) => {
  program
    .command('migrate')
    .description('bring the database schema up to date and exit; a backup is taken before an existing one is changed')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nnpm start does the same. Exit status: 0 the schema is up to date; 1 failed; 2 wrong configuration.\nExample: DATABASE_URL=postgres://muster@db.example.com/muster muster migrate',
    )
    .action(() => run(migrate));
};

async function migrate(context: CommandContext): Promise<number> {
  const answer = await withRuntime(
    context,
    { writes: true, creates: true },
    async ({ appliedMigrations, database }) => ({
      applied: [...(appliedMigrations ?? [])],
      by:
        database.kind === 'attached' || appliedMigrations === undefined
          ? ('running service' as const)
          : ('this command' as const),
    }),
  );
  context.output.answer(answer, ({ applied, by }) => {
    if (by === 'running service')
      return ['A Muster runs on this data directory: it has brought the schema up to date.'];
    if (applied.length === 0) return ['The schema is up to date; there was nothing to apply.'];
    return [...applied.map((name) => `applied ${name}`), `${applied.length} applied: the schema is up to date.`];
  });
  return EXIT.ok;
}
