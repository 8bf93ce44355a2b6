import { z } from 'zod';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { CAPTURE, CHECK, POINT, REPOSITORY, SET } from './backup.examples.ts';
import { captureSchema, captureView, checkSchema, checkView, pointSchema, pointView } from './backup.views.ts';
import { CHECK_JOB, TAKE_JOB } from './backup-job-name.ts';
import { backupSetById, listBackupSets } from './backup-set.queries.ts';
import { backupSetSchema, backupSetView, repositorySchema, repositoryView } from './backup-set.views.ts';
import { listPoints, pointById } from './catalogue.queries.ts';
import { listRepositories, repositoryById } from './repository.queries.ts';
import { listCaptures, listChecks } from './run.queries.ts';
import { statusOfSets } from './set-status.queries.ts';

export interface BackupRoutesDeps {
  readonly queue: JobQueue;
}

/** Repositories, backup sets, their recovery points, and what was done with them. */
export const backupRoutes = ({ queue }: BackupRoutesDeps): Route[] => [
  repositories,
  sets,
  getSet,
  points,
  captures,
  getPoint,
  checks,
  take(queue),
  check(queue),
];

const common = { tag: 'backups', permission: 'backup.read' } as const;

const repositories = defineRead({
  ...common,
  path: '/repositories',
  operationId: 'listRepositories',
  summary: 'Where backups lie',
  query: pageQuery,
  response: pageSchema(repositorySchema),
  examples: { response: { items: [REPOSITORY], next: null } },
  handle: async ({ db, query }) => {
    const rows = await listRepositories(db, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(repositoryView), next: page.next } };
  },
});

const sets = defineRead({
  ...common,
  path: '/backup-sets',
  operationId: 'listBackupSets',
  summary: 'What is backed up, and how each set stands now',
  query: pageQuery,
  response: pageSchema(backupSetSchema),
  examples: { response: { items: [SET], next: null } },
  handle: async ({ db, query }) => {
    const rows = await listBackupSets(db, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    const status = await statusOfSets(db, page.items);
    return { body: { items: page.items.map((set) => backupSetView(set, status.get(set.id))), next: page.next } };
  },
});

const getSet = defineRead({
  ...common,
  path: '/backup-sets/{id}',
  operationId: 'getBackupSet',
  summary: 'One backup set, and how it stands now',
  errors: ['no-such-backup-set'],
  params: idParams,
  response: backupSetSchema,
  examples: { response: SET },
  handle: async ({ db, params }) => {
    const set = await backupSetById(db, params.id);
    const status = await statusOfSets(db, [set]);
    return { body: backupSetView(set, status.get(set.id)), version: set.version };
  },
});

const points = defineRead({
  ...common,
  path: '/backup-sets/{id}/points',
  operationId: 'listRecoveryPoints',
  summary: 'The recovery points of a set, youngest data first',
  errors: ['no-such-backup-set'],
  params: idParams,
  query: pageQueryBy(z.tuple([z.iso.datetime(), z.uuid()])).extend({
    withDeleted: queryBoolean().default(false).describe('Also those that retention has removed'),
  }),
  response: pageSchema(pointSchema),
  examples: { response: { items: [POINT], next: null } },
  handle: async ({ db, params, query }) => {
    const set = await backupSetById(db, params.id);
    const rows = await listPoints(db, set.id, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ takenAt, id }) => [takenAt.toString(), id]);
    return { body: { items: page.items.map(pointView), next: page.next } };
  },
});

const captures = defineRead({
  ...common,
  path: '/backup-sets/{id}/captures',
  operationId: 'listCaptures',
  summary: 'Every try to take a recovery point, newest first, with the progress of one under way',
  errors: ['no-such-backup-set'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(captureSchema),
  examples: { response: { items: [CAPTURE], next: null } },
  handle: async ({ db, params, query }) => {
    const set = await backupSetById(db, params.id);
    const rows = await listCaptures(db, set.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(captureView), next: page.next } };
  },
});

const getPoint = defineRead({
  ...common,
  path: '/recovery-points/{id}',
  operationId: 'getRecoveryPoint',
  summary: 'One recovery point, with the verdict of its last check',
  errors: ['no-such-recovery-point'],
  params: idParams,
  response: pointSchema,
  examples: { response: POINT },
  handle: async ({ db, params }) => ({ body: pointView(await pointById(db, params.id)) }),
});

const checks = defineRead({
  ...common,
  path: '/recovery-points/{id}/checks',
  operationId: 'listChecks',
  summary: 'Every check of a recovery point, newest first, with findings and the progress of one under way',
  errors: ['no-such-recovery-point'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(checkSchema),
  examples: { response: { items: [CHECK], next: null } },
  handle: async ({ db, params, query }) => {
    const point = await pointById(db, params.id);
    const rows = await listChecks(db, point.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(checkView), next: page.next } };
  },
});

const jobSchema = z.object({ jobId: z.uuid().describe('Follow it at /jobs/{id}') });

const operate = {
  tag: 'backups',
  method: 'post',
  permission: 'backup.operate',
  status: 202,
  params: idParams,
  response: jobSchema,
  examples: { response: { jobId: CAPTURE.jobId } },
} as const;

const take = (queue: JobQueue) =>
  defineWrite({
    ...operate,
    path: '/backup-sets/{id}/take',
    operationId: 'takeBackup',
    summary: 'Take a recovery point now, and check it; one that already waits in the queue is the answer',
    errors: ['no-such-backup-set'],
    handle: async (request) => {
      const { tx, params } = request;
      const set = await backupSetById(tx, params.id);
      const { workerTag: tag } = await repositoryById(tx, set.repositoryId);
      const jobId = await queue.enqueue(tx, TAKE_JOB, { setId: set.id }, { tag, singletonKey: set.id });
      const audited = { action: 'backup-set.take', subjectKind: 'backup-set', subjectId: set.id, details: { jobId } };
      await recordAudit(tx, { ...originOf(request), ...audited });
      return { body: { jobId }, location: `/jobs/${jobId}` };
    },
  });

const check = (queue: JobQueue) =>
  defineWrite({
    ...operate,
    path: '/recovery-points/{id}/check',
    operationId: 'checkRecoveryPoint',
    summary: 'Read a recovery point back in full now; a check that already waits in the queue is the answer',
    errors: ['no-such-recovery-point'],
    handle: async (request) => {
      const { tx, params } = request;
      const point = await pointById(tx, params.id);
      const { workerTag: tag } = await repositoryById(tx, point.repositoryId);
      const payload = { setId: point.setId, pointId: point.id };
      const jobId = await queue.enqueue(tx, CHECK_JOB, payload, { tag, singletonKey: point.id });
      const subject = { subjectKind: 'recovery-point', subjectId: point.id, details: { jobId } };
      await recordAudit(tx, { ...originOf(request), action: 'recovery-point.order-check', ...subject });
      return { body: { jobId }, location: `/jobs/${jobId}` };
    },
  });
