import { setTimeout as delay } from 'node:timers/promises';
import { openDrills } from '../composition/dependencies.ts';
import type { Runtime } from '../composition/runtime.ts';
import { startService } from '../composition/service.ts';
import { AppError } from '../kernel/errors.ts';
import { workerTag } from '../scheduling/queue-name.ts';
import { repeated } from './arguments.ts';
import { type CommandContext, EXIT, type RegisterCommand } from './command.ts';
import { withRuntime } from './with-runtime.ts';

export const registerWorker: RegisterCommand = (program, run) => {
  program
    .command('worker')
    .description('only work jobs of some tags: several machines share one PostgreSQL, or a process joins npm start')
    .requiredOption(
      '--tag <tag>',
      'work jobs of this tag, may be repeated; "default" is what npm start works',
      repeated,
    )
    .option('--json', 'problems as JSON; there is no answer')
    .addHelpText(
      'after',
      '\nRuns until SIGINT or SIGTERM, then gives running jobs 20 s to end. Exit status: 0 stopped as asked; 1 could not start or lost its database; 2 wrong usage.\nExample: DATABASE_URL=postgres://muster@db.example.com/muster muster worker --tag vault-1',
    )
    .action((options: { tag: readonly string[] }) => run((context) => work(context, options.tag)));
};

async function work(context: CommandContext, given: readonly string[]): Promise<number> {
  const tags = [...new Set(given.map(checkedTag))];
  const logLevel = process.stderr.isTTY ? 'warn' : 'info';
  // Its parts seal the audit trail themselves.
  await withRuntime(context, { writes: false, logLevel }, async (runtime, stopping) => {
    requireService(runtime);
    const service = await startService(runtime, await openDrills(), { serve: false, tags });
    try {
      context.output.line(`Muster works jobs of the tag${tags.length > 1 ? 's' : ''} ${tags.join(', ')}`);
      await untilStopped(runtime, stopping);
    } finally {
      await service.stop();
    }
  });
  return EXIT.ok;
}

function checkedTag(tag: string): string {
  try {
    return workerTag(tag);
  } catch (thrown) {
    throw thrown instanceof AppError ? new AppError('usage', thrown.code, thrown.message) : thrown;
  }
}

/** The embedded database lives and dies with the process that owns the data directory: that is the service. */
function requireService({ database, directories }: Runtime): void {
  if (database.kind !== 'embedded') return;
  throw new AppError(
    'unavailable',
    'no-service',
    `No Muster runs in ${directories.data}: with the embedded database a worker joins it (npm start first). On a shared PostgreSQL set DATABASE_URL`,
  );
}

const LOOK_SECONDS = 5;
const AWAY_SECONDS_MAX = 60;

/**
 * Ends with the signal; beside an embedded database also when that is away for so long that it is not coming back: a new
 * start has another socket. Other databases are waited for.
 */
async function untilStopped({ db, database, clock }: Runtime, stopping: AbortSignal): Promise<void> {
  let lastSeenMs = clock.monotonicMs();
  while (!stopping.aborted) {
    await delay(LOOK_SECONDS * 1000, undefined, { signal: stopping }).catch(() => {});
    if (database.kind !== 'attached' || stopping.aborted) continue;
    const answers = await db.rows('SELECT 1').then(
      () => true,
      () => false,
    );
    if (answers) lastSeenMs = clock.monotonicMs();
    else if (clock.monotonicMs() - lastSeenMs > AWAY_SECONDS_MAX * 1000) {
      throw new AppError(
        'unavailable',
        'service-gone',
        'The Muster whose database this worker joined is gone: start it, and then the worker again',
      );
    }
  }
}
