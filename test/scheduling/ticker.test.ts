import { beforeEach, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { jobStatus } from '../../src/scheduling/job-status.queries.ts';
import type { JobQueue } from '../../src/scheduling/queue.ts';
import { listFires, scheduleById } from '../../src/scheduling/schedule.queries.ts';
import {
  changeTiming,
  ensureSchedule,
  pauseSchedule,
  resumeSchedule,
  runScheduleNow,
} from '../../src/scheduling/schedule.service.ts';
import type { Schedule, ScheduleSpec } from '../../src/scheduling/schedule.ts';
import { createScheduler, type Scheduler } from '../../src/scheduling/scheduler.ts';
import { startTicker } from '../../src/scheduling/ticker.ts';
import { fixedClock } from '../support/clock.ts';
import { testLog } from '../support/log.ts';
import { noteJob } from './note-job.ts';
import { eventually, useQueue } from './support.ts';

const database = useQueue();
const origin = { actor: SYSTEM_ACTOR };
const clock = fixedClock('2026-11-22T12:00:00Z');

let queue: JobQueue;
let scheduler: Scheduler;
/** Every hour, half an hour from now: the slots of an outage are late at whatever time the test runs. */
let pattern: string;

beforeEach(async () => {
  await database.db.execute('DELETE FROM schedule');
  queue = await database.openQueue([noteJob(async () => {})]);
  scheduler = createScheduler({ db: database.db, queue, clock, log: testLog });
  pattern = hourlyIn(30);
});

/** Every hour, at the minute that begins so many minutes from now. */
const hourlyIn = (minutes: number) => `${(new Date().getUTCMinutes() + minutes) % 60} * * * *`;

const specOf = (changes: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
  name: 'note.hourly',
  cron: pattern,
  zone: 'UTC',
  catchUp: 'latest',
  job: 'note.take',
  payload: { note: 'due' },
  ...changes,
});

const ensure = (changes: Partial<ScheduleSpec> = {}) =>
  database.db.transaction((tx) => ensureSchedule(tx, specOf(changes)));

/** As after an outage: nobody has judged anything for so many hours. */
const sleepThrough = (hours: number) =>
  database.db.execute('UPDATE schedule SET cursor_at = clock_timestamp() - make_interval(hours => $1)', [hours]);

const firesOf = async (schedule: Schedule) => (await listFires(database.db, schedule.id, { limit: 500 })).toReversed();

const statesOf = async (schedule: Schedule) => (await firesOf(schedule)).map((fire) => fire.state);

const jobs = async () =>
  (await database.db.rows<{ id: string }>(`SELECT id FROM pgboss.job WHERE name LIKE 'note.take%'`)).map(
    (row) => row.id,
  );

const actions = async (id: string) =>
  (
    await database.db.rows<{ action: string }>('SELECT action FROM audit_entry WHERE subject_id = $1 ORDER BY id', [id])
  ).map((row) => row.action);

describe('after an outage of five slots', () => {
  test.each([
    ['skip', ['missed', 'missed', 'missed', 'missed', 'missed'], 0],
    ['latest', ['missed', 'missed', 'missed', 'missed', 'fired'], 1],
    ['all', ['fired', 'fired', 'fired', 'fired', 'fired'], 5],
  ] as const)('%s makes up for what it says, and every slot has a row', async (catchUp, states, jobsMade) => {
    const schedule = await ensure({ catchUp });
    await sleepThrough(5);
    await scheduler.tick();
    await scheduler.tick();
    expect(await statesOf(schedule)).toEqual(states);
    expect(await jobs()).toHaveLength(jobsMade);
    const hours = (await firesOf(schedule)).map((fire) => fire.slot.epochMilliseconds / 3_600_000);
    expect(hours).toEqual(hours.map((_hour, index) => (hours[0] ?? 0) + index));
  });

  test('an outage of more slots than one transaction judges is worked through', async () => {
    const schedule = await ensure({ catchUp: 'all' });
    await sleepThrough(1200);
    await scheduler.tick();
    const rows = await database.db.rows<{ state: string; count: string }>(
      'SELECT state, count(*) FROM schedule_fire WHERE schedule_id = $1 GROUP BY state ORDER BY state',
      [schedule.id],
    );
    expect(rows).toEqual([
      { state: 'fired', count: '100' },
      { state: 'missed', count: '1100' },
    ]);
  });
});

test('ten replicas at once fire a slot once', async () => {
  const schedule = await ensure({ catchUp: 'all' });
  const replicas = Array.from({ length: 10 }, () => createScheduler({ db: database.db, queue, clock, log: testLog }));
  for (let round = 0; round < 5; round += 1) {
    await sleepThrough(4);
    await Promise.all(replicas.map((one) => one.tick()));
  }
  const fires = await firesOf(schedule);
  expect(fires).toHaveLength(4);
  expect((await jobs()).toSorted()).toEqual(fires.map((fire) => fire.jobId).toSorted());
});

test('the ticker ticks at once, goes on by itself, and not after it was stopped', async () => {
  const schedule = await ensure({ catchUp: 'latest' });
  await sleepThrough(1);
  const ticker = startTicker({ db: database.db, queue, clock, log: testLog });
  const slots = async () => (await firesOf(schedule)).length;
  expect(await eventually(async () => (await slots()) === 1, 2)).toBe(true);
  await sleepThrough(2);
  expect(await eventually(async () => (await slots()) === 2, 8)).toBe(true);
  expect(ticker.health()).toMatchObject({ ok: true });
  await ticker.stop();
  await sleepThrough(3);
  expect(await eventually(async () => (await slots()) === 3, 6)).toBe(false);
});

test('a slot whose transaction fails leaves neither row nor job, and fires at the next tick', async () => {
  const schedule = await ensure({ catchUp: 'latest', job: 'note.unknown' });
  const healthy = await ensure({ name: 'note.other' });
  await sleepThrough(1);
  await scheduler.tick();
  expect(await firesOf(schedule)).toEqual([]);
  expect(await statesOf(healthy)).toEqual(['fired']);
  expect(scheduler.health()).toMatchObject({
    ok: true,
    failing: [{ schedule: 'note.hourly', reason: 'There is no job named "note.unknown"' }],
  });
  await ensure({ catchUp: 'latest' });
  await scheduler.tick();
  expect(await statesOf(schedule)).toEqual(['fired']);
  expect(scheduler.health()).toMatchObject({ ok: true, failing: [] });
});

describe('pause, resume, run now', () => {
  test('slots of a paused schedule are recorded as skipped, and the next one fires after it is resumed', async () => {
    const { id } = await ensure({ catchUp: 'all' });
    await database.db.transaction((tx) => pauseSchedule(tx, queue, origin, id));
    await sleepThrough(3);
    await scheduler.tick();
    const paused = await scheduleById(database.db, id);
    expect(paused.pausedAt).not.toBeNull();
    expect(await statesOf(paused)).toEqual(['skipped', 'skipped', 'skipped']);
    await database.db.transaction((tx) => resumeSchedule(tx, queue, origin, id));
    await scheduler.tick();
    expect(await jobs()).toEqual([]);
    await database.db.execute(
      `UPDATE schedule SET cursor_at = clock_timestamp() - interval '1 minute', cron = '* * * * *'`,
    );
    await scheduler.tick();
    expect((await statesOf(paused)).at(-1)).toBe('fired');
    expect(await actions(id)).toEqual(['schedule.create', 'schedule.pause', 'schedule.resume']);
  });

  test('what was due before a pause fires, what was due before a resume is skipped', async () => {
    const schedule = await ensure({ catchUp: 'all' });
    await sleepThrough(2);
    await database.db.transaction((tx) => pauseSchedule(tx, queue, origin, schedule.id));
    expect(await statesOf(schedule)).toEqual(['fired', 'fired']);
    await sleepThrough(2);
    await database.db.execute('DELETE FROM schedule_fire');
    await database.db.transaction((tx) => resumeSchedule(tx, queue, origin, schedule.id));
    expect(await statesOf(schedule)).toEqual(['skipped', 'skipped']);
  });

  test('pausing twice changes nothing the second time', async () => {
    const { id } = await ensure();
    const first = await database.db.transaction((tx) => pauseSchedule(tx, queue, origin, id));
    const second = await database.db.transaction((tx) => pauseSchedule(tx, queue, origin, id));
    expect(second).toEqual(first);
    expect(await actions(id)).toEqual(['schedule.create', 'schedule.pause']);
  });

  test('run now makes a job whatever the timing says, also while paused, and leaves the slots alone', async () => {
    const schedule = await ensure();
    await database.db.transaction((tx) => pauseSchedule(tx, queue, origin, schedule.id));
    const before = await scheduleById(database.db, schedule.id);
    const run = await database.db.transaction((tx) => runScheduleNow(tx, queue, origin, schedule.id));
    expect(await jobStatus(database.db, run.jobId)).toMatchObject({ state: 'waiting', job: 'note.take' });
    expect(await firesOf(schedule)).toMatchObject([
      { id: run.fireId, manual: true, state: 'fired', outcome: 'waiting' },
    ]);
    expect((await scheduleById(database.db, schedule.id)).cursorAt).toEqual(before.cursorAt);
    expect(await actions(schedule.id)).toContain('schedule.run');
  });

  test('a run that is rolled back leaves no fire', async () => {
    const schedule = await ensure({ job: 'note.unknown' });
    const run = database.db.transaction((tx) => runScheduleNow(tx, queue, origin, schedule.id));
    await expect(run).rejects.toMatchObject({ code: 'unknown-job' });
    expect(await firesOf(schedule)).toEqual([]);
  });
});

describe('changing the timing', () => {
  const change = (id: string, expectedVersion: number, changes: Parameters<typeof changeTiming>[3]['change']) =>
    database.db.transaction((tx) => changeTiming(tx, queue, origin, { id, expectedVersion, change: changes }));

  test('counts from now: old slots are judged before, none of the new pattern reaches back', async () => {
    const schedule = await ensure({ catchUp: 'all' });
    await sleepThrough(2);
    const changed = await change(schedule.id, 1, { cron: hourlyIn(20), zone: 'Asia/Shanghai' });
    expect(changed).toMatchObject({ cron: hourlyIn(20), zone: 'Asia/Shanghai', catchUp: 'all', version: 2 });
    expect(await statesOf(schedule)).toEqual(['fired', 'fired']);
    await scheduler.tick();
    expect(await statesOf(schedule)).toEqual(['fired', 'fired']);
    expect(await actions(schedule.id)).toEqual(['schedule.create', 'schedule.change-timing']);
  });

  test('of a version that is not the present one is refused', async () => {
    const { id } = await ensure();
    await change(id, 1, { catchUp: 'skip' });
    await expect(change(id, 1, { catchUp: 'all' })).rejects.toMatchObject({ kind: 'stale', code: 'stale-schedule' });
    expect((await scheduleById(database.db, id)).catchUp).toBe('skip');
  });

  test('to one that is wrong is refused and changes nothing', async () => {
    const schedule = await ensure();
    await expect(change(schedule.id, 1, { zone: 'Mars/Base' })).rejects.toMatchObject({ code: 'invalid-timing' });
    expect(await scheduleById(database.db, schedule.id)).toEqual(schedule);
  });
});

test("a schedule of Muster's own is made once, by however many replicas, and keeps what operators changed", async () => {
  const made = await Promise.all(Array.from({ length: 6 }, () => ensure()));
  expect(new Set(made.map((schedule) => schedule.id)).size).toBe(1);
  const id = made[0]?.id ?? '';
  await database.db.transaction((tx) =>
    changeTiming(tx, queue, origin, { id, expectedVersion: 1, change: { cron: '15 3 * * *' } }),
  );
  const next = await ensure({ payload: { note: 'of the next release' }, workerTag: 'vault-1' });
  expect(next).toMatchObject({
    id,
    cron: '15 3 * * *',
    payload: { note: 'of the next release' },
    workerTag: 'vault-1',
  });
  expect(await actions(id)).toEqual(['schedule.create', 'schedule.change-timing', 'schedule.update']);
  await expect(ensure({ name: 'note.wrong', cron: '99 * * * *' })).rejects.toMatchObject({ code: 'invalid-timing' });
});

test('the outcome of a job is written into the history and stays when the job itself is deleted', async () => {
  const schedule = await ensure();
  await sleepThrough(1);
  await scheduler.tick();
  expect(await firesOf(schedule)).toMatchObject([{ outcome: 'waiting', attempt: null, finishedAt: null }]);
  await queue.startWorkers({ tags: ['default'], signal: new AbortController().signal });
  const [jobId = ''] = await jobs();
  expect(await eventually(async () => (await jobStatus(database.db, jobId)).state === 'completed', 10)).toBe(true);
  await scheduler.tick();
  await database.db.execute('DELETE FROM pgboss.job');
  expect(await firesOf(schedule)).toMatchObject([{ outcome: 'completed', attempt: 1, jobId, failure: null }]);
});

test('a job whose record is gone before anyone looked ends as unknown', async () => {
  const schedule = await ensure();
  await database.db.transaction((tx) => runScheduleNow(tx, queue, origin, schedule.id));
  await database.db.execute('DELETE FROM pgboss.job');
  await database.db.execute(`UPDATE schedule_fire SET recorded_at = recorded_at - interval '2 hours'`);
  clock.advance(3601);
  await scheduler.tick();
  expect(await firesOf(schedule)).toMatchObject([{ outcome: 'unknown' }]);
});

describe("the database's clock goes back", () => {
  test('a little: nothing fires twice, and the schedule waits for its cursor', async () => {
    const schedule = await ensure({ cron: '* * * * *', catchUp: 'all' });
    const ahead = `UPDATE schedule SET cursor_at = date_trunc('minute', clock_timestamp()) + interval '2 minutes'`;
    await database.db.execute(ahead);
    await scheduler.tick();
    expect(await firesOf(schedule)).toEqual([]);
    expect((await scheduleById(database.db, schedule.id)).cursorAt.epochMilliseconds).toBeGreaterThan(Date.now());
  });

  test('a lot: the schedule counts from now again; what fired stays fired, judgements of the future are forgotten', async () => {
    const schedule = await ensure({ cron: '* * * * *', catchUp: 'all' });
    await database.db.execute(`UPDATE schedule SET cursor_at = clock_timestamp() + interval '1 year'`);
    const write = (state: string, days: number, jobId: string | null) =>
      database.db.execute(
        `INSERT INTO schedule_fire (id, schedule_id, slot, manual, state, job_id, job_queue)
         VALUES (gen_random_uuid(), $1, date_trunc('day', now()) + make_interval(days => $4), false, $2, $3, $5)`,
        [schedule.id, state, jobId, days, jobId && 'note.take'],
      );
    await write('missed', -1, null);
    await write('fired', 2, '019aab2c-8f31-7b0a-8a44-2c9d7e5f0b62');
    await write('missed', 3, null);
    await scheduler.tick();
    expect(await statesOf(schedule)).toEqual(['missed', 'fired']);
    const { cursorAt } = await scheduleById(database.db, schedule.id);
    expect(Math.abs(cursorAt.epochMilliseconds - Date.now())).toBeLessThan(60_000);
  });
});

test('health says how long ago the last tick was and how late it found the oldest slot', async () => {
  await ensure();
  await sleepThrough(2);
  await scheduler.tick();
  expect(scheduler.health()).toMatchObject({ ok: true, lastTickAgeSeconds: 0 });
  expect(scheduler.health().lagSeconds).toBeGreaterThan(3600);
  await scheduler.tick();
  expect(scheduler.health().lagSeconds).toBe(0);
  clock.advance(61);
  expect(scheduler.health()).toMatchObject({ ok: false, lastTickAgeSeconds: 61 });
});

test('the history comes page by page, each fire once, latest first', async () => {
  const schedule = await ensure({ catchUp: 'skip' });
  await sleepThrough(7);
  await scheduler.tick();
  await database.db.transaction((tx) => runScheduleNow(tx, queue, origin, schedule.id));
  const whole = await listFires(database.db, schedule.id, { limit: 100 });
  const pages: typeof whole = [];
  for (let after: readonly [string, string] | undefined; ; ) {
    const page = await listFires(database.db, schedule.id, { limit: 3, after });
    pages.push(...page);
    const last = page.at(-1);
    if (page.length < 3 || !last) break;
    after = [last.slot.toString(), last.id];
  }
  expect(whole).toHaveLength(8);
  expect(whole[0]?.manual).toBe(true);
  expect(pages).toEqual(whole);
});
