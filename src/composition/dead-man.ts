import { createEgress, type Egress } from '../egress/egress.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';

/** Ticks come oftener than services that wait for pings take them. */
const INTERVAL_SECONDS = 30;
const TIMEOUT_MS = 10_000;

export interface DeadManOptions {
  /** It may hold a token, so it is in no log; undefined: nobody is pinged. */
  readonly url: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is known of the pings, for `/readyz` and the metrics. */
interface DeadManHealth {
  /** Since the last ping that arrived; null before the first. */
  readonly lastPingAgeSeconds: number | null;
  /** Why the last one did not arrive. */
  readonly failure: string | null;
}

export interface DeadMan {
  /** The schedules have ticked. Returns at once: a ping that hangs holds up nothing. */
  ticked(): void;
  /** Undefined where nobody is pinged. */
  health(): DeadManHealth | undefined;
  /** Waits for the ping that is on. */
  stop(): Promise<void>;
}

/**
 * A dead-man's switch: whoever waits for the pings elsewhere finds out when this process, its database or its machine is dead,
 * since it pings behind complete ticks only. Every process that ticks pings. The administrator named the address, so nothing
 * else needs to allow it.
 */
export function createDeadMan({ url, clock, log }: DeadManOptions): DeadMan {
  if (url === undefined) return { ticked: () => {}, health: () => undefined, stop: async () => {} };
  const { protocol, host } = new URL(url);
  const egress = createEgress({ allowList: [`${protocol}//${host}`] });
  let startedMs: number | undefined;
  let arrivedMs: number | undefined;
  let failure: string | null = null;
  let current: Promise<void> | undefined;

  const ping = async () => {
    const failed = await failureOf(egress, url);
    if (failed === null) arrivedMs = clock.monotonicMs();
    if (failed !== null && failure === null) log.warn({ reason: failed }, 'the dead-man ping does not arrive');
    if (failed === null && failure !== null) log.info('the dead-man ping arrives again');
    failure = failed;
  };
  return {
    ticked() {
      const nowMs = clock.monotonicMs();
      if (current || (startedMs !== undefined && nowMs - startedMs < INTERVAL_SECONDS * 1000)) return;
      startedMs = nowMs;
      current = ping().finally(() => {
        current = undefined;
      });
    },
    health: () => ({
      lastPingAgeSeconds: arrivedMs === undefined ? null : (clock.monotonicMs() - arrivedMs) / 1000,
      failure,
    }),
    stop: async () => current,
  };
}

async function failureOf(egress: Egress, url: string): Promise<string | null> {
  try {
    const { status } = await egress.request(url, { timeoutMs: TIMEOUT_MS, readBody: false });
    return status >= 200 && status <= 299 ? null : `answered ${status}`;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
