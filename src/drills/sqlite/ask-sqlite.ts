import { fork } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../../kernel/child-environment.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqliteFound, SqliteTask } from './sqlite-task.ts';

/** What a process that broke has said last, at most. */
const LAST_WORDS_MAX = 2000;

/**
 * Opens a SQLite database read-only and immutable in a process of its own, and asks it. An abort ends the process at once, also
 * in the middle of a query.
 * @throws AppError `unprocessable` `sqlite-unreadable` when the database cannot be opened; the signal's reason.
 */
export async function askSqlite(task: SqliteTask, signal: AbortSignal): Promise<SqliteFound> {
  signal.throwIfAborted();
  const child = fork(new URL('./sqlite.process.ts', import.meta.url), [], {
    ...{ env: childEnvironment(), execArgv: [], serialization: 'advanced' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let lastWords = '';
  let found: SqliteFound | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-LAST_WORDS_MAX);
  });
  child.on('message', (message: SqliteFound) => {
    found = message;
  });
  try {
    const closed = once(child, 'close');
    // A process that cannot be told anything has died: how is said by its end.
    child.send(task, () => {});
    await closed;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
  signal.throwIfAborted();
  if (found !== undefined) return found;
  const words = lastWords.split('\n').find((line) => /Error|error/.test(line)) ?? 'its process ended without a word';
  throw new AppError(
    'unprocessable',
    'sqlite-unreadable',
    `The SQLite database ${task.path} cannot be opened: ${words.trim()}`,
  );
}
