import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../../kernel/child-environment.ts';
import { AppError } from '../../kernel/errors.ts';
import type { CaptureContext, CaptureMessage, CaptureOutcome, CaptureTask, SentFailure } from './capture-task.ts';
import { endGroup } from './command-launch.ts';

/** What a capture tells and obeys. */
export interface CaptureOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes read of the source, and of how many; 0 while nobody knows. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a process that broke has said last, at most. */
const LAST_WORDS_MAX = 2000;

/**
 * Captures one source in a process of its own: whatever happens to it, the service goes on, and an abort ends it at once.
 * What it wrote until then is the caller's to remove.
 *
 * @throws AppError as its writers; the system's errors with their codes; `internal` `capture-process-died` when it ended
 * without a word; the signal's reason.
 */
export async function captureInProcess(task: CaptureTask, options: CaptureOptions = {}): Promise<CaptureOutcome> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const child = fork(new URL('./capture.process.ts', import.meta.url), [], {
    env: childEnvironment(),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let groupId: number | undefined;
  const onGroup = (told: number | undefined) => {
    groupId = told;
  };
  const kill = () => {
    child.kill('SIGKILL');
    if (groupId !== undefined) endGroup(groupId);
  };
  signal?.addEventListener('abort', kill, { once: true });
  try {
    return await outcomeOf(child, task, { onProgress, onGroup });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

async function outcomeOf(
  child: ChildProcess,
  task: CaptureTask,
  { onProgress, onGroup }: Pick<CaptureOptions, 'onProgress'> & Pick<CaptureContext, 'onGroup'>,
): Promise<CaptureOutcome> {
  let lastWords = '';
  let end: Exclude<CaptureMessage, { type: 'progress' | 'group' }> | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-LAST_WORDS_MAX);
  });
  child.on('message', (message: CaptureMessage) => {
    if (message.type === 'progress') onProgress?.(message.done, message.total);
    else if (message.type === 'group') onGroup(message.groupId);
    else end = message;
  });
  const closed = once(child, 'close') as Promise<[status: number | null, signal: string | null]>;
  // A process that cannot be told anything has died: how is said by its end.
  child.send(task, () => {});
  const [status, signal] = await closed;
  if (end?.type === 'done') return end.outcome;
  if (end?.type === 'failed') throw errorOf(end.failure);
  throw died(status, signal, lastWords);
}

function errorOf({ message, code, kind }: SentFailure): Error {
  if (kind !== undefined) return new AppError(kind, code ?? 'capture-failed', message);
  return Object.assign(new Error(message), { code });
}

function died(status: number | null, signal: string | null, lastWords: string): AppError {
  const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
  const words = lastWords.trim() === '' ? '' : `; its last words were: ${lastWords.trim()}`;
  return new AppError('internal', 'capture-process-died', `The process that captured ended ${how}${words}`);
}
