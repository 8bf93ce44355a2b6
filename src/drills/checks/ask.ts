import { AppError } from '../../kernel/errors.ts';
import type { Recovery } from '../recovery.ts';
import { askSqlite } from '../sqlite/ask-sqlite.ts';
import { type Answer, askPostgres, tookTooLong } from './ask-postgres.ts';

/** Rows that an answer may have: what is more is no small table. */
const ANSWER_ROWS_MAX = 101;

/** Which restored database is asked, and how long it may take. */
export interface Question {
  readonly on?: 'postgres' | 'sqlite' | undefined;
  readonly query: string;
  readonly timeoutSeconds: number;
}

/** Asks the restored database one question. @throws AppError `unavailable` when it is not there any more; the signal's reason. */
export async function ask(recovery: Recovery, { on, query, timeoutSeconds }: Question): Promise<Answer> {
  const { database, sqlitePath, signal } = recovery;
  if (database !== undefined && on !== 'sqlite') {
    return askPostgres(database, query, ANSWER_ROWS_MAX, { signal, timeoutSeconds });
  }
  if (on === 'postgres' || sqlitePath === undefined) throw nothingRestored();
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  const queries = [{ sql: query, rowsMax: ANSWER_ROWS_MAX }];
  try {
    const { answers } = await askSqlite(
      { path: sqlitePath, isChecked: false, queries },
      AbortSignal.any([signal, limit]),
    );
    return answers[0] ?? { problem: 'it was not asked' };
  } catch (thrown) {
    if (signal.aborted || !limit.aborted) throw thrown;
    return { problem: tookTooLong(timeoutSeconds) };
  }
}

/** A check without what it needs: the step that was to prepare it has failed, and the run went on. */
export function nothingRestored(): AppError {
  return new AppError('unprocessable', 'nothing-restored', 'nothing was restored that could be asked');
}
