import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { lineText } from '../../kernel/text.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { EXTERNAL_SET, NEW_SET, RETIRED, SET } from '../backup.examples.ts';
import { backupSetById, listBackupSets } from '../backup-set.queries.ts';
import { backupSetSchema, backupSetView } from '../backup-set.views.ts';
import { setReply } from '../set-reply.ts';
import { statusOfSets } from '../set-status.queries.ts';
import { externalSetChangeSchema, newExternalSetSchema } from './external-set.ts';
import { createExternalSet, retireBackupSet, updateExternalSetOf } from './set.service.ts';

/** Backup sets: what is backed up, and how it stands. */
export const backupSetRoutes = ({ queue }: { readonly queue: JobQueue }): Route[] => [
  list,
  getOne,
  create,
  update,
  retire(queue),
];

const common = { tag: 'backups', permission: 'backup.read' } as const;
const change = { tag: 'backups', permission: 'backup.write' } as const;

const list = defineRead({
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
    const statuses = await statusOfSets(db, page.items);
    return { body: { items: page.items.map((set) => backupSetView(set, statuses)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/backup-sets/{id}',
  operationId: 'getBackupSet',
  summary: 'One backup set, and how it stands now',
  errors: ['no-such-backup-set'],
  params: idParams,
  response: backupSetSchema,
  examples: { response: SET },
  handle: async ({ db, params }) => setReply(db, await backupSetById(db, params.id)),
});

const INPUT_ERRORS = [
  'bad-pattern',
  'invalid-timing',
  'backup-set-name-taken',
  'pattern-taken',
  'unsuitable-owner',
] as const;

const create = defineWrite({
  ...change,
  method: 'post',
  path: '/backup-sets',
  operationId: 'createBackupSet',
  summary: 'Enter a set of backups that another tool makes',
  errors: [...INPUT_ERRORS, 'unsuitable-repository'],
  status: 201,
  body: newExternalSetSchema,
  response: backupSetSchema,
  examples: { body: NEW_SET, response: EXTERNAL_SET },
  handle: async (request) => {
    const set = await createExternalSet(request.tx, request, request.body);
    return { ...(await setReply(request.tx, set)), location: `/backup-sets/${set.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-backup-set', 'stale-backup-set', 'backup-set-retired', 'not-external'] as const;

const CHANGED: z.input<typeof backupSetSchema> = {
  ...EXTERNAL_SET,
  external: EXTERNAL_SET.external && { ...EXTERNAL_SET.external, fullReadDays: 14 },
  version: 2,
};

const update = defineWrite({
  ...change,
  method: 'patch',
  path: '/backup-sets/{id}',
  operationId: 'updateBackupSet',
  summary: 'Change a set of another tool; points that do not match a new pattern are missing from the next listing on',
  errors: [...CHANGE_ERRORS, ...INPUT_ERRORS, 'no-clock', 'layout-in-use'],
  ifMatch: true,
  params: idParams,
  body: externalSetChangeSchema,
  response: backupSetSchema,
  examples: { body: { fullReadDays: 14 }, response: CHANGED },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return setReply(request.tx, await updateExternalSetOf(request.tx, request, target, request.body));
  },
});

const retire = (queue: JobQueue) =>
  defineWrite({
    ...change,
    method: 'post',
    path: '/backup-sets/{id}/retire',
    operationId: 'retireBackupSet',
    summary:
      'Take a watched set out of use for good; it stays readable, nothing is taken, and its ping addresses are revoked',
    errors: [...CHANGE_ERRORS, 'backup-set-still-needed'],
    ifMatch: true,
    params: idParams,
    body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
    response: backupSetSchema,
    examples: { body: { reason: RETIRED.reason }, response: { ...EXTERNAL_SET, version: 2, retired: RETIRED } },
    handle: async (request) => {
      const target = { id: request.params.id, expectedVersion: request.expectedVersion };
      return setReply(request.tx, await retireBackupSet(request.tx, request, queue, target, request.body.reason));
    },
  });
