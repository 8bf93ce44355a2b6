import type { Database, Tx } from '../database/database.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { RunFailure } from './run.store.ts';

/** What is noted of a run that came to nothing. */
export function failureOf(thrown: unknown, signal: AbortSignal): RunFailure {
  if (signal.aborted) return { code: 'aborted', message: `The run was stopped: ${messageOf(signal.reason)}` };
  return { code: thrown instanceof AppError ? thrown.code : 'internal', message: messageOf(thrown) };
}

/**
 * Notes a failure; the caller then throws it on. When even that cannot be written, the database is away: the run's silence
 * tells the same later.
 */
export async function noteFailure(db: Database, log: Logger, note: (tx: Tx) => Promise<void>): Promise<void> {
  await db
    .transaction(note)
    .catch((error: unknown) => log.warn({ err: error }, 'the failure of a backup run could not be recorded'));
}
