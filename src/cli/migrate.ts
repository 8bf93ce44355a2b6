import { type CommandContext, EXIT } from './command.ts';
import { withRuntime } from './with-runtime.ts';

/** Brings the schema up to date, which opening the installation does, and says what that changed. */
export async function migrate(context: CommandContext): Promise<number> {
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
