import { z } from 'zod';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { ACCEPTED_POINT, CAPTURE, CHECK, POINT } from './backup.examples.ts';
import { captureSchema, captureView, checkSchema, checkView, pointSchema, pointView } from './backup.views.ts';
import { CHECK_JOB } from './backup-job-name.ts';
import { backupSetById } from './backup-set.queries.ts';
import { listPoints, pointById } from './catalogue.queries.ts';
import { acceptPoint } from './external/accept.service.ts';
import { repositoryById } from './repository.queries.ts';
import { listCaptures, listChecks } from './run.queries.ts';
import { orderBackup } from './set-order.ts';

export interface BackupRoutesDeps {
  readonly queue: JobQueue;
}

/** Recovery points, and what was done with them. */
export const backupRoutes = ({ queue }: BackupRoutesDeps): Route[] => [
  points,
  captures,
  getPoint,
  checks,
  take(queue),
  check(queue),
  accept,
];

const common = { tag: 'backups', permission: 'backup.read' } as const;

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
    errors: ['no-such-backup-set', 'not-taken-by-muster', 'backup-set-retired'],
    handle: async (request) => {
      const { tx, params } = request;
      const set = await backupSetById(tx, params.id);
      const { jobId } = await orderBackup(tx, queue, originOf(request), set);
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

const accept = defineWrite({
  tag: 'backups',
  method: 'post',
  path: '/recovery-points/{id}/accept',
  operationId: 'acceptRecoveryPoint',
  summary: 'Take what lies there now for an altered point of another tool: what was on record is forgotten',
  permission: 'backup.operate',
  errors: ['no-such-recovery-point', 'not-external', 'backup-set-retired', 'nothing-to-accept', 'check-under-way'],
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it was changed; kept in the audit trail') }),
  response: pointSchema,
  examples: { body: { reason: 'The file was compressed again' }, response: ACCEPTED_POINT },
  handle: async (request) => ({
    body: pointView(await acceptPoint(request.tx, request, request.params.id, request.body.reason)),
  }),
});
