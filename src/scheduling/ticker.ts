import { schedule as startCron } from 'node-cron';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { createScheduler, type SchedulerHealth, type SchedulerOptions } from './scheduler.ts';

/** Every five seconds, in UTC: in a zone whose clocks change, a tick pattern would fall silent for an hour. */
const TICK_PATTERN = '*/5 * * * * *';

export interface Ticker {
  /** For `/readyz` and the metrics. */
  health(): SchedulerHealth;
  /** Stops ticking and waits for the tick that is on. */
  stop(): Promise<void>;
}

export interface TickerOptions extends SchedulerOptions {
  /** Called behind each complete tick; it must return at once. */
  readonly onTick?: () => void;
}

/** Ticks at once and then every few seconds. Every replica may run one: each slot fires once nevertheless. */
export function startTicker(options: TickerOptions): Ticker {
  const { log } = options;
  const scheduler = createScheduler(options);
  let current: Promise<void> | undefined;
  let broken = false;
  const tick = async () => {
    try {
      await scheduler.tick();
      if (broken) log.info('schedules are ticking again');
      broken = false;
      options.onTick?.();
    } catch (thrown) {
      // The database is away: `health` shows it, the log has a line when it begins and one when it ends.
      if (!broken) log.warn({ reason: messageOf(thrown) }, 'schedules do not tick: the next tick tries again');
      broken = true;
    }
  };
  const tickUnlessBusy = () => {
    current ??= tick().finally(() => {
      current = undefined;
    });
    return current;
  };
  const task = startCron(TICK_PATTERN, tickUnlessBusy, {
    timezone: 'UTC',
    suppressMissedWarning: true,
    logger: cronLogger(log),
  });
  void tickUnlessBusy();
  return {
    health: scheduler.health,
    async stop() {
      await task.destroy();
      await current;
    },
  };
}

/** node-cron writes to the console otherwise. */
function cronLogger(log: Logger) {
  const debug = (message: string | Error) => log.debug({ reason: messageOf(message) }, 'tick');
  return { info: debug, warn: debug, error: debug, debug };
}
