import type { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { EXTERNAL_SET, POINT } from '../backup.examples.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { listReports } from './report.queries.ts';
import { registerBackup } from './report.service.ts';
import { registrationSchema } from './report.ts';
import { reportSchema, reportView } from './report.views.ts';

/** What backup scripts say of their runs. */
export const reportRoutes = (): Route[] => [register, list];

const BODY = {
  name: 'orders/2026-11-22.dump',
  takenAt: '2026-11-22T02:30:04Z',
  sizeBytes: 5_242_880,
  sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  durationSeconds: 41.5,
  logExcerpt: 'pg_dump: finished item 4021 TABLE DATA orders',
} satisfies z.input<typeof registrationSchema>;

const REPORT: z.input<typeof reportSchema> = {
  id: '019aab2c-93d4-7e1b-9a55-3d0e8f6a1c73',
  setId: EXTERNAL_SET.id,
  kind: 'success',
  via: 'api',
  receivedAt: '2026-11-22T02:30:46.102Z',
  pointName: BODY.name,
  pointId: POINT.id,
  digest: BODY.sha256,
  sizeBytes: BODY.sizeBytes,
  durationSeconds: BODY.durationSeconds,
  logExcerpt: BODY.logExcerpt,
  verdict: null,
};

const register = defineWrite({
  tag: 'backups',
  method: 'post',
  path: '/backup-sets/{id}/points',
  operationId: 'registerRecoveryPoint',
  summary: 'Report that another tool has made a backup; a point that is named is entered, or completed by its digest',
  permission: 'backup.operate',
  errors: [
    'no-such-backup-set',
    'backup-set-retired',
    'not-external',
    'another-digest',
    'taken-in-the-future',
    'name-outside-pattern',
  ],
  status: 201,
  params: idParams,
  body: registrationSchema,
  response: reportSchema,
  examples: { body: BODY, response: REPORT },
  handle: async (request) => {
    const report = await registerBackup(request.tx, request, request.params.id, request.body);
    const location = report.pointId === undefined ? {} : { location: `/recovery-points/${report.pointId}` };
    return { body: reportView(report), ...location };
  },
});

const list = defineRead({
  tag: 'backups',
  path: '/backup-sets/{id}/reports',
  operationId: 'listBackupReports',
  summary: 'What backup scripts have said of their runs, newest first',
  permission: 'backup.read',
  errors: ['no-such-backup-set'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(reportSchema),
  examples: { response: { items: [REPORT], next: null } },
  handle: async ({ db, params, query }) => {
    const set = await backupSetById(db, params.id);
    const rows = await listReports(db, set.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(reportView), next: page.next } };
  },
});
