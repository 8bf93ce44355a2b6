import { setTimeout as pause } from 'node:timers/promises';
import { isPassing } from './remote-fault.ts';

/** How long a store that is away is waited for. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Before the second try; doubles with each further one. */
  readonly pauseMs: number;
  /** Grows while there is progress: then the tries are counted anew. */
  readonly progress?: () => number;
  /** What is tried again; unless stated, all that passes. */
  readonly isWorthwhile?: (thrown: unknown) => boolean;
}

/** So often something is tried without any progress, and no pause is longer. */
const TRIES_MAX = 5;
const PAUSE_MS_MAX = 30_000;

/**
 * Tries again what fails because the store is away for a moment.
 * @throws what the last try throws; at once what another try would not change; the signal's reason.
 */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const { signal, pauseMs, progress = () => 0, isWorthwhile = isPassing } = patience;
  let reached = progress();
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isWorthwhile(thrown)) throw thrown;
      if (progress() > reached) tries = 1;
      reached = progress();
      if (tries >= TRIES_MAX) throw thrown;
      await pause(Math.min(pauseMs * 2 ** (tries - 1), PAUSE_MS_MAX), undefined, { signal });
    }
  }
}
