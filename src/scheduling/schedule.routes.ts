import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { originOf } from '../auth/actor.ts';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { longText } from '../kernel/text.ts';
import { checkTiming } from './calculator.ts';
import { CATCH_UP } from './catch-up.ts';
import { jobStatus } from './job-status.queries.ts';
import type { JobQueue } from './queue.ts';
import { databaseNow, listFires, listSchedules, scheduleById } from './schedule.queries.ts';
import { changeTiming, pauseSchedule, resumeSchedule, runScheduleNow } from './schedule.service.ts';
import type { Schedule } from './schedule.ts';
import {
  fireSchema,
  fireView,
  jobStatusSchema,
  jobStatusView,
  reportedScheduleSchema,
  scheduleSchema,
  scheduleView,
  slotsAfter,
  slotsSchema,
} from './schedule.views.ts';

export interface ScheduleRoutesDeps {
  readonly queue: JobQueue;
}

/** Schedules with their next slots and their history, and how single jobs stand. */
export const scheduleRoutes = ({ queue }: ScheduleRoutesDeps): Route[] => [
  list,
  get,
  preview,
  history,
  pause(queue),
  resume(queue),
  run(queue),
  change(queue),
  getJob,
];

const EXAMPLE_ID = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';
const EXAMPLE_JOB_ID = '019aab2c-8f31-7b0a-8a44-2c9d7e5f0b62';

const EXAMPLE_FIRE: z.input<typeof fireSchema> = {
  id: '019aab2c-9c55-7d21-b3f0-51e8a6c4d973',
  slot: '2026-11-22T01:30:00Z',
  manual: false,
  state: 'fired',
  recordedAt: '2026-11-22T01:30:03Z',
  jobId: EXAMPLE_JOB_ID,
  outcome: 'completed',
  attempt: 1,
  failure: null,
  finishedAt: '2026-11-22T01:30:41Z',
};

const EXAMPLE: z.input<typeof reportedScheduleSchema> = {
  id: EXAMPLE_ID,
  name: 'muster-database.backup',
  cron: '30 2 * * *',
  zone: 'Europe/Berlin',
  catchUp: 'latest',
  job: 'backup.take',
  workerTag: 'default',
  system: true,
  pausedAt: null,
  surprise: null,
  nextSlots: [{ at: '2026-11-23T01:30:00Z', local: '2026-11-23T02:30:00+01:00[Europe/Berlin]' }],
  version: 1,
  lastFire: EXAMPLE_FIRE,
};

const common = { tag: 'schedules' } as const;
const errors = ['no-such-schedule'];

/** A schedule with what became of its latest slot. */
async function reported(db: Queryable, schedule: Schedule, now: Temporal.Instant) {
  const [last] = await listFires(db, schedule.id, { limit: 1 });
  return { ...scheduleView(schedule, now), lastFire: last ? fireView(last) : null };
}

const replyOf = async (db: Queryable, schedule: Schedule) => ({
  body: await reported(db, schedule, await databaseNow(db)),
  version: schedule.version,
});

const list = defineRead({
  ...common,
  path: '/schedules',
  operationId: 'listSchedules',
  summary: 'Schedules by name, each with its next five slots and what became of its latest one',
  permission: 'schedule.read',
  query: pageQueryBy(z.string().max(100)),
  response: pageSchema(reportedScheduleSchema),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const schedules = await listSchedules(db, { limit: query.limit + 1, after: query.after });
    const now = await databaseNow(db);
    const page = pageOf(schedules, query.limit, (schedule) => schedule.name);
    const items = [];
    for (const schedule of page.items) items.push(await reported(db, schedule, now));
    return { body: { items, next: page.next } };
  },
});

const get = defineRead({
  ...common,
  path: '/schedules/{id}',
  operationId: 'getSchedule',
  summary: 'One schedule with its next five slots',
  permission: 'schedule.read',
  errors,
  params: idParams,
  response: reportedScheduleSchema,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(db, await scheduleById(db, params.id)),
});

const preview = defineRead({
  ...common,
  path: '/schedule-preview',
  operationId: 'previewScheduleSlots',
  summary: 'The next five slots of a timing, before a schedule is given it',
  permission: 'schedule.read',
  errors: ['invalid-timing'],
  query: z.strictObject({
    cron: scheduleSchema.shape.cron.max(100),
    zone: scheduleSchema.shape.zone.max(60),
  }),
  response: z.object({ cron: z.string().describe('With single blanks between its fields'), nextSlots: slotsSchema }),
  examples: { response: { cron: EXAMPLE.cron, nextSlots: EXAMPLE.nextSlots } },
  handle: async ({ db, query }) => {
    const timing = checkTiming(query);
    return { body: { cron: timing.cron, nextSlots: slotsAfter(timing, await databaseNow(db)) } };
  },
});

/** A slot as a page ends with it: milliseconds at most, in years that PostgreSQL knows. */
const slotKey = z.iso.datetime().regex(/^2\d{3}-[\d-]+T[\d:]{8}(\.\d{1,3})?Z$/);

const history = defineRead({
  ...common,
  path: '/schedules/{id}/fires',
  operationId: 'listScheduleFires',
  summary: 'What became of every slot, missed and skipped ones included, latest first',
  permission: 'schedule.read',
  errors,
  params: idParams,
  query: pageQueryBy(z.tuple([slotKey, z.uuid()])),
  response: pageSchema(fireSchema),
  examples: { response: { items: [EXAMPLE_FIRE], next: null } },
  handle: async ({ db, params, query }) => {
    await scheduleById(db, params.id);
    const fires = await listFires(db, params.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(fires, query.limit, (fire) => [fire.slot.toString(), fire.id]);
    return { body: { items: page.items.map(fireView), next: page.next } };
  },
});

const pause = (queue: JobQueue) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/schedules/{id}/pause',
    operationId: 'pauseSchedule',
    summary: 'Fire no slot from now on; each is recorded as skipped',
    permission: 'schedule.operate',
    errors: [...errors, 'schedule-behind'],
    params: idParams,
    body: z
      .strictObject({ reason: longText(1000).default('').describe('Why; it is kept in the audit trail') })
      .prefault({}),
    response: reportedScheduleSchema,
    examples: {
      body: { reason: 'The repository moves this night' },
      response: { ...EXAMPLE, pausedAt: '2026-11-22T09:30:00Z', version: 2 },
    },
    handle: async (request) => {
      const { params, body } = request;
      return replyOf(request.tx, await pauseSchedule(request.tx, queue, originOf(request), params.id, body.reason));
    },
  });

const resume = (queue: JobQueue) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/schedules/{id}/resume',
    operationId: 'resumeSchedule',
    summary: 'Fire slots again, from the next one on',
    permission: 'schedule.operate',
    errors: [...errors, 'schedule-behind'],
    params: idParams,
    response: reportedScheduleSchema,
    examples: { response: { ...EXAMPLE, version: 3 } },
    handle: async (request) =>
      replyOf(request.tx, await resumeSchedule(request.tx, queue, originOf(request), request.params.id)),
  });

const run = (queue: JobQueue) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/schedules/{id}/run',
    operationId: 'runSchedule',
    summary: 'Do what the schedule does now, whatever its timing says; follow it at /jobs/{id}',
    permission: 'schedule.operate',
    errors: [...errors, 'unknown-job', 'invalid-job-payload'],
    params: idParams,
    status: 202,
    response: z.object({ fireId: z.uuid(), jobId: z.uuid() }),
    examples: { response: { fireId: EXAMPLE_FIRE.id, jobId: EXAMPLE_JOB_ID } },
    handle: async (request) => {
      const started = await runScheduleNow(request.tx, queue, originOf(request), request.params.id);
      return { body: started, location: `/jobs/${started.jobId}` };
    },
  });

const changeSchema = z
  .strictObject({
    cron: scheduleSchema.shape.cron.max(100).optional(),
    zone: scheduleSchema.shape.zone.max(60).optional(),
    catchUp: z
      .enum(CATCH_UP)
      .optional()
      .describe('What becomes of slots that were missed: none, the latest, or all of them'),
  })
  .refine((change) => Object.keys(change).length > 0, { message: 'name what is to change: cron, zone or catchUp' });

const change = (queue: JobQueue) =>
  defineWrite({
    ...common,
    method: 'patch',
    path: '/schedules/{id}',
    operationId: 'changeSchedule',
    summary: 'Change when a schedule is due; the new timing counts from now on',
    permission: 'schedule.operate',
    errors: [...errors, 'invalid-timing', 'stale-schedule', 'schedule-behind'],
    ifMatch: true,
    params: idParams,
    body: changeSchema,
    response: reportedScheduleSchema,
    examples: { body: { cron: '30 2 * * *', zone: 'Europe/Berlin' }, response: { ...EXAMPLE, version: 2 } },
    handle: async (request) => {
      const { expectedVersion, body, params } = request;
      const changed = { id: params.id, expectedVersion, change: body };
      return replyOf(request.tx, await changeTiming(request.tx, queue, originOf(request), changed));
    },
  });

const getJob = defineRead({
  ...common,
  path: '/jobs/{id}',
  operationId: 'getJob',
  summary: 'How a job stands; kept for 7 days after its end',
  permission: 'schedule.read',
  errors: ['no-such-job'],
  params: idParams,
  response: jobStatusSchema,
  examples: {
    response: {
      id: EXAMPLE_JOB_ID,
      job: 'backup.take',
      workerTag: 'default',
      state: 'completed',
      attempt: 1,
      attemptsMax: 3,
      failure: null,
      enqueuedAt: '2026-11-22T01:30:03Z',
      startedAt: '2026-11-22T01:30:03Z',
      endedAt: '2026-11-22T01:30:41Z',
    },
  },
  handle: async ({ db, params }) => ({ body: jobStatusView(await jobStatus(db, params.id)) }),
});
