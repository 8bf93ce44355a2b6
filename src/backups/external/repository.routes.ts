import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { lineText } from '../../kernel/text.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { CAPTURE, NEW_REPOSITORY, REPOSITORY, RETIRED } from '../backup.examples.ts';
import type { Repository } from '../backup-catalogue.ts';
import { repositorySchema, repositoryView } from '../backup-set.views.ts';
import { listRepositories, repositoryById } from '../repository.queries.ts';
import { orderDiscovery } from './discovery-order.ts';
import {
  createRepository,
  orderConnectionTest,
  type RepositoryDeps,
  retireRepository,
  updateRepository,
} from './repository.service.ts';
import { connectionOrderSchema, newRepositorySchema, repositoryChangeSchema } from './repository.ts';

/** Repositories: where backups lie. */
export const repositoryRoutes = (deps: RepositoryDeps): Route[] => [
  list,
  getOne,
  create(deps),
  update(deps),
  retire,
  test(deps.queue),
  discover(deps.queue),
];

const common = { tag: 'backups', permission: 'backup.read' } as const;
const change = { tag: 'backups', permission: 'backup.write' } as const;

const replyOf = (repository: Repository) => ({ body: repositoryView(repository), version: repository.version });

const list = defineRead({
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

const getOne = defineRead({
  ...common,
  path: '/repositories/{id}',
  operationId: 'getRepository',
  summary: 'One repository, and what its last connection test came to',
  errors: ['no-such-repository'],
  params: idParams,
  response: repositorySchema,
  examples: { response: REPOSITORY },
  handle: async ({ db, params }) => replyOf(await repositoryById(db, params.id)),
});

const UNTESTED: z.input<typeof repositorySchema> = {
  ...REPOSITORY,
  ...NEW_REPOSITORY,
  identityKind: 'filesystem',
  identity: null,
  seenAt: null,
  unavailable: {
    since: '2026-11-22T09:30:00Z',
    reason: 'not connected yet: no worker of its tag has tested it',
  },
};

const create = (deps: RepositoryDeps) =>
  defineWrite({
    ...change,
    method: 'post',
    path: '/repositories',
    operationId: 'createRepository',
    summary:
      'Enter a directory where backups lie, or a place on another machine; a worker of its tag tests it next, and it is unavailable until then',
    errors: ['repository-name-taken', 'unsuitable-location'],
    status: 201,
    body: newRepositorySchema,
    response: repositorySchema,
    examples: { body: NEW_REPOSITORY, response: UNTESTED },
    handle: async (request) => {
      const repository = await createRepository(request.tx, request, deps, request.body);
      return { ...replyOf(repository), location: `/repositories/${repository.id}` };
    },
  });

const CHANGE_ERRORS = ['no-such-repository', 'stale-repository', 'repository-retired'] as const;

const update = (deps: RepositoryDeps) =>
  defineWrite({
    ...change,
    method: 'patch',
    path: '/repositories/{id}',
    operationId: 'updateRepository',
    summary: 'Change a repository; another root, tag or right to write is tested before it counts as there',
    errors: [
      ...CHANGE_ERRORS,
      'repository-name-taken',
      'unsuitable-location',
      'system-repository',
      'repository-in-use',
      'repository-kind-fixed',
      'credentials-not-asked-for',
      'credentials-to-be-given-again',
    ],
    ifMatch: true,
    params: idParams,
    body: repositoryChangeSchema,
    response: repositorySchema,
    examples: { body: { readersMax: 2 }, response: { ...REPOSITORY, readersMax: 2, version: 2 } },
    handle: async (request) => {
      const target = { id: request.params.id, expectedVersion: request.expectedVersion };
      return replyOf(await updateRepository(request.tx, request, deps, target, request.body));
    },
  });

const retire = defineWrite({
  ...change,
  method: 'post',
  path: '/repositories/{id}/retire',
  operationId: 'retireRepository',
  summary: 'Take a repository without backup sets in use out of use for good; it stays readable',
  errors: [...CHANGE_ERRORS, 'repository-in-use'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: repositorySchema,
  examples: { body: { reason: RETIRED.reason }, response: { ...REPOSITORY, version: 2, retired: RETIRED } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireRepository(request.tx, request, target, request.body.reason));
  },
});

const discover = (queue: JobQueue) =>
  defineWrite({
    ...change,
    method: 'post',
    permission: 'backup.operate',
    path: '/repositories/{id}/discover',
    operationId: 'discoverRepository',
    summary: 'List what other tools left in it now, and read what falls due by that',
    errors: ['no-such-repository', 'repository-retired'],
    status: 202,
    params: idParams,
    response: z.object({ jobId: z.uuid().describe('Follow it at /jobs/{id}') }),
    examples: { response: { jobId: CAPTURE.jobId } },
    handle: async (request) => {
      const jobId = await orderDiscovery(request.tx, request, queue, request.params.id);
      return { body: { jobId }, location: `/jobs/${jobId}` };
    },
  });

const test = (queue: JobQueue) =>
  defineWrite({
    ...change,
    method: 'post',
    path: '/repositories/{id}/test',
    operationId: 'testRepository',
    summary: 'Test the connection now; a test that already waits in the queue is the answer',
    errors: ['no-such-repository', 'repository-retired', 'system-repository'],
    status: 202,
    params: idParams,
    body: connectionOrderSchema,
    response: z.object({ jobId: z.uuid().describe('Follow it at /jobs/{id}') }),
    examples: {
      body: { acceptIdentity: true, reason: 'The disk was replaced, and its content copied to the new one' },
      response: { jobId: CAPTURE.jobId },
    },
    handle: async (request) => {
      const jobId = await orderConnectionTest(request.tx, request, queue, request.params.id, request.body);
      return { body: { jobId }, location: `/jobs/${jobId}` };
    },
  });
