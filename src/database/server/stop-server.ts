import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** How clients are treated at a shutdown: waited for, disconnected, or dropped without a checkpoint. */
export type StopMode = 'smart' | 'fast' | 'immediate';

/** How a server ended. */
export interface ServerExit {
  /** The exit status; undefined when a signal killed it or it never started. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last lines of its log, the newest last. */
  readonly lastLines: readonly string[];
}

const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
/** How long an immediate shutdown may take: it kills its own laggards after 5 s. */
export const IMMEDIATE_TIMEOUT_SECONDS = 15;

/** Stops a server that we started: in the given mode, after its time-out immediately, and then with a kill. */
export async function stopServer(
  child: ChildProcess,
  exited: Promise<ServerExit>,
  mode: StopMode,
  timeoutSeconds: number,
): Promise<ServerExit> {
  const steps: readonly (readonly [NodeJS.Signals, number])[] = [
    [SIGNALS[mode], timeoutSeconds],
    ['SIGQUIT', IMMEDIATE_TIMEOUT_SECONDS],
    ['SIGKILL', IMMEDIATE_TIMEOUT_SECONDS],
  ];
  for (const [signal, seconds] of steps) {
    child.kill(signal);
    const exit = await within(exited, seconds);
    if (exit !== undefined) return exit;
  }
  return exited;
}

/** The promise's value, or undefined when it takes longer. */
async function within<T>(promise: Promise<T>, seconds: number): Promise<T | undefined> {
  const cancel = new AbortController();
  try {
    return await Promise.race([promise, delay(seconds * 1000, undefined, { signal: cancel.signal })]);
  } finally {
    cancel.abort();
  }
}
