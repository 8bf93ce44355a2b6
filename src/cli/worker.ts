import { setTimeout as delay } from 'node:timers/promises';
import { openDrills } from '../composition/drill-definitions.ts';
import type { Runtime } from '../composition/runtime.ts';
import { startService } from '../composition/service.ts';
import { AppError } from '../kernel/errors.ts';
import { workerTag } from '../scheduling/queue-name.ts';
import { type CommandContext, EXIT } from './command.ts';
import { withRuntime } from './with-runtime.ts';

/** Works jobs of the tags until it is asked to stop. @returns the exit status. */
export async function work(context: CommandContext, given: readonly string[]): Promise<number> {
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
