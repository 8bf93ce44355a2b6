import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { listProjects, projectById } from './project.queries.ts';
import { changeProject, createProject, retireProject } from './project.service.ts';
import { newProjectSchema, type Project, projectChangeSchema } from './project.ts';

/** Projects: holders of spares and seats beyond the persons who come and go in them. */
export const projectRoutes = (): Route[] => [list, getOne, create, change, retire];

const projectView = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const replyOf = (project: Project) => ({ body: viewOf(project), version: project.version });

const viewOf = (project: Project): z.input<typeof projectView> => ({
  ...project,
  retired: project.retired && { at: project.retired.at.toString(), reason: project.retired.reason },
  createdAt: project.createdAt.toString(),
  updatedAt: project.updatedAt.toString(),
});

const BODY = {
  code: 'DC-MOVE',
  name: 'Move of the second data centre',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
} satisfies z.input<typeof newProjectSchema>;

const EXAMPLE: z.input<typeof projectView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  code: BODY.code,
  name: BODY.name,
  owner: { id: BODY.ownerId, kind: 'team', name: 'Infrastructure' },
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'projects' } as const;

const list = defineRead({
  ...common,
  path: '/projects',
  operationId: 'listProjects',
  summary: 'Projects, in the order of their codes',
  permission: 'allocation.read',
  query: pageQueryBy(z.string().max(40)).extend({
    state: z.enum(['active', 'retired', 'all']).default('active').describe('Which projects: in use, retired, or both'),
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
  }),
  response: pageSchema(projectView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, ...filter } }) => {
    const page = pageOf(await listProjects(db, filter, { limit: limit + 1, after }), limit, (row) => row.codeKey);
    return { body: { items: page.items.map((row) => viewOf(row.project)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/projects/{id}',
  operationId: 'getProject',
  summary: 'One project, also a retired one',
  permission: 'allocation.read',
  errors: ['no-such-project'],
  params: idParams,
  response: projectView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await projectById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/projects',
  operationId: 'createProject',
  summary: 'Add a project that can hold spares and seats',
  permission: 'allocation.operate',
  errors: ['project-code-taken', 'unsuitable-owner'],
  status: 201,
  body: newProjectSchema,
  response: projectView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const project = await createProject(request.tx, request, request.body);
    return { ...replyOf(project), location: `/projects/${project.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-project', 'stale-project', 'project-retired'] as const;

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/projects/{id}',
  operationId: 'changeProject',
  summary: 'Change a project: what the body names replaces what was there',
  permission: 'allocation.operate',
  errors: [...CHANGE_ERRORS, 'project-code-taken', 'unsuitable-owner'],
  ifMatch: true,
  params: idParams,
  body: projectChangeSchema,
  response: projectView,
  examples: { body: { name: 'Move of both data centres' }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeProject(request.tx, request, target, request.body));
  },
});

const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'Finished' };

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/projects/{id}/retire',
  operationId: 'retireProject',
  summary: 'Take a project out of use for good, once it holds nothing any more',
  permission: 'allocation.operate',
  errors: [...CHANGE_ERRORS, 'project-holds-things'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: projectView,
  examples: { body: { reason: RETIRED.reason }, response: { ...EXAMPLE, version: 2, retired: RETIRED } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireProject(request.tx, request, target, request.body.reason));
  },
});
