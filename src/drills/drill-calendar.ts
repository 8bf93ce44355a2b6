import { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { slotsBetween } from '../scheduling/calculator.ts';
import { databaseNow, schedulesOfJob } from '../scheduling/schedule.queries.ts';
import type { Schedule } from '../scheduling/schedule.ts';
import type { Surprise } from '../scheduling/surprise.ts';
import { listRuns } from './drill-run.queries.ts';
import { DRILL_JOB } from './drill-schedule.ts';
import type { DrillRun } from './run.ts';

/** Runs that one calendar shows. */
export const CALENDAR_RUNS_MAX = 500;
/** Slots that one calendar shows: so many together, and of one drill. */
const SLOTS_MAX = 2000;
const SLOTS_OF_DRILL_MAX = 100;
const SCHEDULES_MAX = 1000;

/** A slot that is to come. */
interface ComingSlot {
  readonly drill: string;
  readonly at: Temporal.Instant;
  /** The schedule's. */
  readonly zone: string;
}

/** What drills did and will do between two instants. */
export interface DrillCalendar {
  /** By the database's clock: what lies behind it are runs, what lies ahead are slots. */
  readonly now: Temporal.Instant;
  /** From the newest down. */
  readonly runs: readonly DrillRun[];
  /** There are more runs, older ones, than are shown. */
  readonly hasMoreRuns: boolean;
  /** In their order. */
  readonly slots: readonly ComingSlot[];
  /** Drills that have more slots than are shown. */
  readonly cutDrills: readonly string[];
  /** Drills that come by surprise: the window is all that anybody is told. */
  readonly surprises: readonly { readonly drill: string; readonly surprise: Surprise; readonly zone: string }[];
  /** Drills whose schedule is paused: their slots are skipped. */
  readonly pausedDrills: readonly string[];
}

/** Reads what drills did from an instant on until another one (not included), and when they fall due in it. */
export async function drillCalendar(
  db: Queryable,
  from: Temporal.Instant,
  until: Temporal.Instant,
): Promise<DrillCalendar> {
  const now = await databaseNow(db);
  const span = { from: from.toString(), until: until.toString() };
  const runs = await listRuns(db, span, { limit: CALENDAR_RUNS_MAX + 1 });
  const schedules = await schedulesOfJob(db, DRILL_JOB, SCHEDULES_MAX);
  const active = schedules.filter(({ pausedAt }) => pausedAt === null);
  const open = active.filter(({ surprise }) => surprise === undefined);
  const each = Math.min(SLOTS_OF_DRILL_MAX, Math.max(1, Math.floor(SLOTS_MAX / Math.max(1, open.length))));
  const ahead = Temporal.Instant.compare(now, from) > 0 ? now : from.subtract({ milliseconds: 1 });
  const coming = open.map((schedule) => ({
    drill: drillOf(schedule),
    zone: schedule.zone,
    slots: slotsBetween(schedule, ahead, until.subtract({ milliseconds: 1 }), each + 1),
  }));
  return {
    now,
    runs: runs.slice(0, CALENDAR_RUNS_MAX),
    hasMoreRuns: runs.length > CALENDAR_RUNS_MAX,
    slots: coming
      .flatMap(({ drill, zone, slots }) => slots.slice(0, each).map((at) => ({ drill, zone, at })))
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at)),
    cutDrills: coming.filter(({ slots }) => slots.length > each).map(({ drill }) => drill),
    surprises: active.flatMap((schedule) =>
      schedule.surprise ? [{ drill: drillOf(schedule), surprise: schedule.surprise, zone: schedule.zone }] : [],
    ),
    pausedDrills: schedules.filter(({ pausedAt }) => pausedAt !== null).map(drillOf),
  };
}

function drillOf({ payload, name }: Schedule): string {
  return typeof payload.drill === 'string' ? payload.drill : name;
}
