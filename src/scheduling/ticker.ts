import { schedule as startCron } from 'node-cron';
import type { Temporal } from 'temporal-polyfill';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { nextSlots } from './calculator.ts';
import { recordOutcomes, tidyFires } from './fire-outcome.store.ts';
import { type Firing, fireDueSlots } from './fire-slots.ts';
import type { JobQueue } from './queue.ts';
import { databaseNow, listSchedules } from './schedule.queries.ts';
import { tryLockSchedule } from './schedule.store.ts';
import type { Schedule } from './schedule.ts';

/** Every five seconds, in UTC: in a zone whose clocks change, a tick pattern would fall silent for an hour. */
const TICK_PATTERN = '*/5 * * * * *';
/** Transactions that one tick spends on one schedule; what is left is for the next tick. */
const BATCHES_MAX = 20;
const SCHEDULES_PAGE = 200;
const TIDY_SECONDS = 3600;
/** A scheduler that has not been round for so long is not working. */
const STALE_SECONDS = 60;

export interface TickerOptions {
  readonly db: Database;
  readonly queue: JobQueue;
  /** For the age of the last tick only: what is due, the database's clock says. */
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SchedulerHealth {
  /** The last complete tick is recent and every schedule could be judged. */
  readonly ok: boolean;
  /** Since the last tick that reached the database; null before the first. */
  readonly lastTickAgeSeconds: number | null;
  /** How late the oldest due slot was when the last tick found it; 0 when none was due. */
  readonly lagSeconds: number;
  /** Schedules that the last tick could not fire, and why. */
  readonly failing: readonly { readonly schedule: string; readonly reason: string }[];
}

export interface Ticker {
  /** Judges everything that is due now, once; throws when the database is away. */
  tick(): Promise<void>;
  health(): SchedulerHealth;
  /** Stops ticking and waits for the tick that is on. */
  stop(): Promise<void>;
}

/** Ticks at once and then every few seconds. Every replica may run one: each slot fires once nevertheless. */
export function startTicker(options: TickerOptions): Ticker {
  const round = makeRound(options);
  let current: Promise<void> | undefined;
  const tick = () => {
    current ??= round.run().finally(() => {
      current = undefined;
    });
    return current;
  };
  const tickQuietly = () => tick().catch((thrown) => round.reportFailure(thrown));
  const task = startCron(TICK_PATTERN, tickQuietly, {
    timezone: 'UTC',
    suppressMissedWarning: true,
    logger: cronLogger(options.log),
  });
  void tickQuietly();
  return {
    tick,
    health: round.health,
    async stop() {
      await task.destroy();
      await current?.catch(() => {});
    },
  };
}

function makeRound({ db, queue, clock, log }: TickerOptions) {
  let lastTickMs: number | undefined;
  let lastTidyMs: number | undefined;
  let lagSeconds = 0;
  let failing: SchedulerHealth['failing'] = [];
  let broken = false;

  const run = async () => {
    const now = await databaseNow(db);
    const failures: SchedulerHealth['failing'][number][] = [];
    let lag = 0;
    for await (const schedule of dueSchedules(db, now)) {
      lag = Math.max(lag, (now.epochMilliseconds - schedule.dueAt.epochMilliseconds) / 1000);
      try {
        await catchUpWith(db, queue, schedule, log);
      } catch (thrown) {
        failures.push({ schedule: schedule.name, reason: messageOf(thrown) });
      }
    }
    await recordOutcomes(db);
    if (lastTidyMs === undefined || clock.monotonicMs() - lastTidyMs > TIDY_SECONDS * 1000) {
      await tidyFires(db);
      lastTidyMs = clock.monotonicMs();
    }
    for (const failure of failures.filter((one) => !failing.some((before) => before.schedule === one.schedule))) {
      log.error(failure, 'a schedule cannot fire');
    }
    failing = failures;
    lagSeconds = lag;
    lastTickMs = clock.monotonicMs();
    if (broken) log.info('schedules are ticking again');
    broken = false;
  };

  const health = (): SchedulerHealth => {
    const age = lastTickMs === undefined ? null : (clock.monotonicMs() - lastTickMs) / 1000;
    return {
      ok: age !== null && age < STALE_SECONDS && failing.length === 0,
      lastTickAgeSeconds: age,
      lagSeconds,
      failing,
    };
  };

  /** `health` shows it as well; the log has one line when it begins and one when it ends. */
  const reportFailure = (thrown: unknown) => {
    if (!broken) log.warn({ reason: messageOf(thrown) }, 'schedules do not tick: the next tick tries again');
    broken = true;
  };

  return { run, health, reportFailure };
}

/** The schedules with a slot due, or whose cursor lies in the future. Reads only: the lock comes afterwards. */
async function* dueSchedules(
  db: Database,
  now: Temporal.Instant,
): AsyncGenerator<Schedule & { dueAt: Temporal.Instant }> {
  for (let after: string | undefined; ; ) {
    const page = await listSchedules(db, { limit: SCHEDULES_PAGE, after });
    for (const schedule of page) {
      const [dueAt] = nextSlots(schedule, schedule.cursorAt, 1);
      if (dueAt && dueAt.epochMilliseconds <= now.epochMilliseconds) yield { ...schedule, dueAt };
      else if (schedule.cursorAt.epochMilliseconds > now.epochMilliseconds) yield { ...schedule, dueAt: now };
    }
    if (page.length < SCHEDULES_PAGE) return;
    after = page.at(-1)?.name;
  }
}

/** Judges the due slots of one schedule, a batch a transaction. A schedule that another replica is at is left to it. */
async function catchUpWith(db: Database, queue: JobQueue, { id, name }: Schedule, log: Logger): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const firing = await db.transaction(async (tx): Promise<Firing | undefined> => {
      const schedule = await tryLockSchedule(tx, id);
      return schedule && fireDueSlots(tx, queue, schedule);
    });
    if (!firing) return;
    if (firing.rewound) log.warn({ schedule: name }, "the database's clock went back: the schedule counts from now");
    const { fired, missed, skipped } = firing;
    if (fired + missed + skipped > 0) log.info({ schedule: name, fired, missed, skipped }, 'schedule due');
    if (!firing.more) return;
  }
}

/** node-cron writes to the console otherwise. */
function cronLogger(log: Logger) {
  const debug = (message: string | Error) => log.debug({ reason: messageOf(message) }, 'tick');
  return { info: debug, warn: debug, error: debug, debug };
}
