import { runView } from '../drills/drill.views.ts';
import { runById } from '../drills/drill-run.queries.ts';
import { discardKept } from '../drills/kept.service.ts';
import { reapInterrupted } from '../drills/reaper.ts';
import { type CommandContext, EXIT } from './command.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Gives up what a failed run has kept, and removes it when it lies on this machine. */
export async function discardSandbox(context: CommandContext, runId: string): Promise<number> {
  const view = await withRuntime(context, { writes: true }, (runtime) =>
    withJobs(runtime, async ({ dependencies: { runner } }) => {
      await runtime.db.transaction((tx) => discardKept(tx, { actor: cliActor() }, runId));
      await reapInterrupted(runner);
      return runView(await runById(runtime.db, runId));
    }),
  );
  context.output.answer(view, ({ cleanup, cleanupReason }) => [
    cleanup === 'kept'
      ? 'It lies on another host, which removes it when it is up.'
      : `Clean-up: ${cleanup}${cleanupReason ? `, ${cleanupReason}` : ''}.`,
  ]);
  return view.cleanup === 'failed' ? EXIT.failed : EXIT.ok;
}
