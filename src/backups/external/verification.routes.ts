import type { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams, queryBoolean } from '../../http/parameters.ts';
import { defineRead, type Route } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { repositoryById } from '../repository.queries.ts';
import { listChecksOf } from '../run.queries.ts';
import { repositoryVerification } from './exposure.queries.ts';
import { POINT_CHECK } from './verification.examples.ts';
import { pointCheckSchema, pointCheckView, verificationSchema, verificationView } from './verification.views.ts';

/** How the reading of other tools' backups stands: what is due, what runs, what was found, how long damage could hide. */
export const verificationRoutes = ({ clock }: { readonly clock: Clock }): Route[] => [
  verification(clock),
  repositoryChecks,
  history,
];

const common = { tag: 'backups', permission: 'backup.read', params: idParams } as const;

const VERIFICATION: z.input<typeof verificationSchema> = {
  bytesPerSecond: 52_428_800,
  dueCount: 3,
  readerCount: 1,
  sets: [
    {
      setId: POINT_CHECK.setId,
      setName: 'shop-database',
      presentCount: 60,
      sizeBytes: 44_040_192_000,
      overdueCount: 0,
      fullReadDays: 30,
      bytesPerDay: 1_509_949_440_000,
      roundDays: 0.03,
      isReachable: true,
      unseenSeconds: 2_160_000,
      unseenSecondsMax: 2_592_000,
      retentionSeconds: 5_097_600,
      warnings: [],
    },
  ],
};

const verification = (clock: Clock) =>
  defineRead({
    ...common,
    path: '/repositories/{id}/verification',
    operationId: 'getRepositoryVerification',
    summary: 'How long damage could go unseen in each set, and whether every point can be read in time',
    errors: ['no-such-repository'],
    response: verificationSchema,
    examples: { response: VERIFICATION },
    handle: async ({ db, params }) => {
      const repository = await repositoryById(db, params.id);
      return { body: verificationView(await repositoryVerification(db, repository, clock.now())) };
    },
  });

const repositoryChecks = defineRead({
  ...common,
  path: '/repositories/{id}/checks',
  operationId: 'listRepositoryChecks',
  summary: 'Checks of all recovery points of a repository, newest first, with the progress of those under way',
  errors: ['no-such-repository'],
  query: pageQuery.extend({ onlyRunning: queryBoolean().default(false).describe('Only those under way') }),
  response: pageSchema(pointCheckSchema),
  examples: { response: { items: [POINT_CHECK], next: null } },
  handle: async ({ db, params, query }) => {
    const { id: repositoryId } = await repositoryById(db, params.id);
    const rows = await listChecksOf(db, { repositoryId }, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(pointCheckView), next: page.next } };
  },
});

const history = defineRead({
  ...common,
  path: '/backup-sets/{id}/history',
  operationId: 'getBackupSetHistory',
  summary: 'Checks of all recovery points of a set, newest first: size, duration, rate and verdict of each',
  errors: ['no-such-backup-set'],
  query: pageQuery,
  response: pageSchema(pointCheckSchema),
  examples: { response: { items: [POINT_CHECK], next: null } },
  handle: async ({ db, params, query }) => {
    const { id: setId } = await backupSetById(db, params.id);
    const rows = await listChecksOf(db, { setId }, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(pointCheckView), next: page.next } };
  },
});
