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

/** Transactions that one tick spends on one schedule; what is left is for the next tick. */
const BATCHES_MAX = 20;
const SCHEDULES_PAGE = 200;
const TIDY_SECONDS = 3600;
/** A scheduler that has not been round for so long is not working. */
const STALE_SECONDS = 60;

export interface SchedulerOptions {
  readonly db: Database;
  readonly queue: JobQueue;
  /** For the age of the last tick only: what is due, the database's clock says. */
  readonly clock: Clock;
  readonly log: Logger;
}

/** A schedule that could not be judged. */
interface FailingSchedule {
  readonly schedule: string;
  readonly reason: string;
}

export interface SchedulerHealth {
  /** The last complete tick is recent. A single schedule that cannot fire is `failing`, not this. */
  readonly ok: boolean;
  /** Since the last tick that reached the database; null before the first. */
  readonly lastTickAgeSeconds: number | null;
  /** How late the oldest due slot was when the last tick found it; 0 when none was due. */
  readonly lagSeconds: number;
  /** What the last tick could not fire, and why. */
  readonly failing: readonly FailingSchedule[];
}

export interface Scheduler {
  /** Judges everything that is due now. @throws AppError `unavailable` when the database is away. */
  tick(): Promise<void>;
  health(): SchedulerHealth;
}

/** The state between ticks is for `health` only: what is due and what has fired stands in the database. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { db, clock, log } = options;
  let lastTickMs: number | undefined;
  let lastTidyMs: number | undefined;
  let found: Judgement = { lagSeconds: 0, failing: [] };

  return {
    async tick() {
      const judgement = await judgeSchedules(options);
      await recordOutcomes(db);
      if (lastTidyMs === undefined || clock.monotonicMs() - lastTidyMs > TIDY_SECONDS * 1000) {
        await tidyFires(db);
        lastTidyMs = clock.monotonicMs();
      }
      const known = new Set(found.failing.map((failure) => failure.schedule));
      for (const failure of judgement.failing) {
        if (!known.has(failure.schedule)) log.error(failure, 'a schedule cannot fire');
      }
      found = judgement;
      lastTickMs = clock.monotonicMs();
    },

    health() {
      const ageSeconds = lastTickMs === undefined ? null : (clock.monotonicMs() - lastTickMs) / 1000;
      const ok = ageSeconds !== null && ageSeconds < STALE_SECONDS;
      return { ok, lastTickAgeSeconds: ageSeconds, ...found };
    },
  };
}

interface Judgement {
  readonly lagSeconds: number;
  readonly failing: readonly FailingSchedule[];
}

async function judgeSchedules({ db, queue, log }: SchedulerOptions): Promise<Judgement> {
  const now = await databaseNow(db);
  const failing: FailingSchedule[] = [];
  let lagSeconds = 0;
  for await (const schedule of dueSchedules(db, now)) {
    lagSeconds = Math.max(lagSeconds, (now.epochMilliseconds - schedule.dueAt.epochMilliseconds) / 1000);
    try {
      await catchUpWith(db, queue, schedule, log);
    } catch (thrown) {
      // One that cannot fire must not keep the others from it.
      failing.push({ schedule: schedule.name, reason: messageOf(thrown) });
    }
  }
  return { lagSeconds, failing };
}

/** The schedules with a slot due, or whose cursor lies in the future. Reads only: the lock comes afterwards. */
async function* dueSchedules(
  db: Database,
  now: Temporal.Instant,
): AsyncGenerator<Schedule & { readonly dueAt: Temporal.Instant }> {
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
