import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError } from '../../kernel/errors.ts';
import { type Isolation, isolatedCommand, SCRIPT_ENVIRONMENT, type ScriptPlan } from './isolation.ts';

/** Lines of output that are handed on; what comes after is read and counted. */
const LINES_MAX = 200;
const LINE_LENGTH_MAX = 1000;

/** How a script ended. */
export interface ScriptEnd {
  /** Its exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last, for a message. */
  readonly lastLine: string | null;
  readonly linesLeftOut: number;
}

export interface ScriptRun {
  readonly isolation: Isolation;
  readonly plan: ScriptPlan;
  /** On top of {@link SCRIPT_ENVIRONMENT}. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the script must end: it is killed with everything that it started. */
  readonly signal: AbortSignal;
  /** Called with each line of its output, as it comes. */
  readonly onLine: (line: string, stream: 'out' | 'error') => void;
}

/**
 * Carries a script out and waits for its end.
 * @throws AppError `unavailable` `script-not-started` when it, or what isolates it, cannot be started; the reason of the signal.
 */
export async function runScript({ isolation, plan, environment, signal, onLine }: ScriptRun): Promise<ScriptEnd> {
  signal.throwIfAborted();
  const { file, args } = isolatedCommand(isolation, plan);
  const child = spawn(file, [...args], {
    // In namespaces `/work` takes its place.
    cwd: plan.work,
    env: { ...SCRIPT_ENVIRONMENT, ...environment, ...(isolation === 'none' ? hostPlaces(plan) : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = () => killAll(child);
  signal.addEventListener('abort', kill, { once: true });
  const output = collect(child, onLine);
  try {
    const closed = once(child, 'close');
    // A child that never started fails both; the first one tells it.
    closed.catch(() => {});
    const [status, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    // Without namespaces something may live on in its group, and hold its output.
    kill();
    await closed;
    signal.throwIfAborted();
    return { status, signal: killedBy, ...output() };
  } catch (thrown) {
    if (signal.aborted || thrown instanceof AppError) throw thrown;
    const { message } = thrown as Error;
    throw new AppError('unavailable', 'script-not-started', `The script cannot be started: ${message}`, {
      cause: thrown,
    });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function hostPlaces({ work }: ScriptPlan): Record<string, string> {
  return { HOME: work, TMPDIR: work };
}

/** Kills the process group. In namespaces the kernel takes along whatever has left it. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function collect(child: ChildProcess, onLine: ScriptRun['onLine']): () => Pick<ScriptEnd, 'lastLine' | 'linesLeftOut'> {
  let lastLine: string | null = null;
  let lines = 0;
  const read = (stream: Readable, name: 'out' | 'error') =>
    createInterface({ input: stream }).on('line', (whole) => {
      const line = whole.slice(0, LINE_LENGTH_MAX);
      if (line.trim() !== '') lastLine = line;
      lines += 1;
      if (lines <= LINES_MAX) onLine(line, name);
    });
  if (child.stdout) read(child.stdout, 'out');
  if (child.stderr) read(child.stderr, 'error');
  return () => ({ lastLine, linesLeftOut: Math.max(0, lines - LINES_MAX) });
}
