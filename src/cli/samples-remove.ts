import { removeSamples } from '../composition/samples/remove-samples.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Takes the samples away, beside a running service or without one. */
export async function takeSamplesAway(context: CommandContext): Promise<number> {
  const removed = await withRuntime(context, { writes: true }, (runtime) =>
    withJobs(runtime, ({ dependencies }) => removeSamples(dependencies, commandCaller())),
  );
  context.output.answer({ removed }, () => [
    removed === 0 ? 'There are no samples here.' : 'The samples are gone, and do not come back.',
  ]);
  return EXIT.ok;
}
