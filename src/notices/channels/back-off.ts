/** How one attempt at a delivery ended. */
export interface AttemptResult {
  /** `refused`: no other attempt will fare better; `gone`: nor will any other message to that receiver. */
  readonly outcome: 'delivered' | 'failed' | 'refused' | 'gone';
  /** The status that was answered, if there was an answer. */
  readonly status: number | null;
  /** What happened, in words of our own: nothing that the other side wrote. */
  readonly detail: string;
  /** What the receiver asked to be given before the next attempt. */
  readonly retryAfterSeconds?: number | undefined;
  /** The receiver as a whole does not answer or wants a pause: other messages would fare the same. */
  readonly isChannelWide: boolean;
}

/** The pauses behind the first attempts; Standard Webhooks recommends the like. After the last one the delivery is dead. */
const PAUSES_SECONDS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200] as const;

/** A receiver cannot ask for a longer pause. */
const RETRY_AFTER_SECONDS_MAX = 86_400;

/**
 * How long to wait behind so many attempts in vain, in seconds, at least as long as the receiver asked for.
 * @returns undefined when there is no further attempt: about 28 hours behind the first one.
 */
export function pauseSeconds(attempts: number, retryAfterSeconds = 0): number | undefined {
  const pause = PAUSES_SECONDS[attempts - 1];
  return pause && Math.max(pause, Math.min(retryAfterSeconds, RETRY_AFTER_SECONDS_MAX));
}

/** How long a channel is left in peace behind so many failures in a row. It is never given up: its deliveries are. */
export function channelPauseSeconds(failuresInRow: number, retryAfterSeconds?: number): number {
  return pauseSeconds(Math.min(failuresInRow, CHANNEL_STEPS_MAX), retryAfterSeconds) ?? 0;
}

/** An hour: a receiver that is back is not left alone for half a day. */
const CHANNEL_STEPS_MAX = 6;

/**
 * What `Retry-After` asks for, in seconds from now (RFC 9110, 10.2.3: seconds, or a date).
 * @returns undefined when it is not there or cannot be read.
 */
export function retryAfterOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const atMs = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
