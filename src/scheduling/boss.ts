import { type ConstructorOptions, PgBoss } from 'pg-boss';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { QUEUE_SCHEMA } from './queue-name.ts';

/** While a database is away every loop reports the same failure every second or so: one line in this time is enough. */
const REPEAT_SECONDS = 30;
const REMEMBERED_MAX = 100;

/**
 * Starts a pg-boss instance that needs rights on rows only: it neither installs nor changes tables, and knows no schedules
 * (Muster's own ticker does them). Its errors go to the log; it recovers from a database that was away by itself.
 * @throws AppError `unavailable` when the tables are missing or of another release.
 */
export async function openBoss(options: ConstructorOptions, log: Logger): Promise<PgBoss> {
  const boss = new PgBoss({
    ...options,
    schema: QUEUE_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    registerInstance: false,
    // Rebuilding an index is for its owner.
    reindex: false,
    openTelemetry: { enabled: false },
  });
  logEvents(boss, log);
  try {
    return await boss.start();
  } catch (thrown) {
    await boss.stop({ graceful: false });
    throw notInstalled(thrown) ?? thrown;
  }
}

/** Writes errors and warnings to the log. Nobody needs to act on them: jobs whose result was not written are taken over. */
export function logEvents(boss: PgBoss, log: Logger): void {
  const loggedAtMs = new Map<string, number>();
  const once = (reason: string, message: string) => {
    const now = performance.now();
    const before = loggedAtMs.get(reason);
    if (before !== undefined && now - before < REPEAT_SECONDS * 1000) return;
    if (loggedAtMs.size >= REMEMBERED_MAX) loggedAtMs.clear();
    loggedAtMs.set(reason, now);
    log.warn({ reason }, message);
  };
  boss.on('error', (error) => {
    // The loop's own name stands at the end, in parentheses: the same failure of another loop is the same failure.
    once(messageOf(error.message).replace(/ \(Queue: .*$/, ''), 'the job queue met an error and goes on');
  });
  boss.on('warning', (warning) => once(warning.message, 'the job queue warns'));
}

function notInstalled(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error) || !/not installed|requires migrations/.test(thrown.message)) return undefined;
  return new AppError(
    'unavailable',
    'queue-not-installed',
    `The job queue's tables are missing or of another release (${thrown.message}): run \`muster migrate\``,
    { cause: thrown },
  );
}
