import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { setDisabled } from './identity.service.ts';
import { identityView, identityViewOf, peopleCursor, stateQuery } from './identity.view.ts';
import { listTeams, teamById } from './people.queries.ts';
import { createTeam, updateTeam } from './team.service.ts';
import { newTeamSchema, type Team, teamChangeSchema } from './team.ts';

/** Teams: persons who answer for something together. */
export const teamRoutes = (): Route[] => [list, getOne, create, update, disable, enable];

const teamView = z.object({
  ...identityView,
  members: z.array(z.uuid()).describe('Ids of persons'),
});

const viewOf = (team: Team): z.input<typeof teamView> => ({
  ...identityViewOf(team),
  members: [...team.members],
});

const replyOf = (team: Team) => ({ body: viewOf(team), version: team.version });

const BODY = {
  name: 'Database operations',
  members: ['019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d'],
  roles: ['operator'],
} satisfies z.input<typeof newTeamSchema>;

const EXAMPLE: z.input<typeof teamView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  ...BODY,
  disabledAt: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'people' } as const;

const list = defineRead({
  ...common,
  path: '/teams',
  operationId: 'listTeams',
  summary: 'Teams, in the order of their names',
  permission: 'people.read',
  query: pageQueryBy(peopleCursor).extend({
    state: stateQuery,
    memberId: z.uuid().optional().describe('Only the teams of this person'),
  }),
  response: pageSchema(teamView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const rows = await listTeams(db, filter, { limit: limit + 1, after });
    const page = pageOf(rows, limit, (row) => [row.nameKey, row.id]);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/teams/{id}',
  operationId: 'getTeam',
  summary: 'One team, also a disabled one',
  permission: 'people.read',
  errors: ['no-such-team'],
  params: idParams,
  response: teamView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await teamById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/teams',
  operationId: 'createTeam',
  summary: 'Add a team',
  permission: 'people.write',
  errors: ['role-beyond-yours', 'principal-name-taken', 'unsuitable-member'],
  status: 201,
  body: newTeamSchema,
  response: teamView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const team = await createTeam(request.tx, request, request.body);
    return { ...replyOf(team), location: `/teams/${team.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-team', 'stale-team', 'principal-beyond-you', 'last-administrator'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/teams/{id}',
  operationId: 'updateTeam',
  summary: 'Change a team: what the body names replaces what was there',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'role-beyond-yours', 'principal-name-taken', 'unsuitable-member'],
  ifMatch: true,
  params: idParams,
  body: teamChangeSchema,
  response: teamView,
  examples: { body: { members: [] }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateTeam(request.tx, request, target, request.body));
  },
});

const disable = defineWrite({
  ...common,
  method: 'post',
  path: '/teams/{id}/disable',
  operationId: 'disableTeam',
  summary: 'Take everything away that a team may do; its tokens stop working within about a second',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-disabled'],
  ifMatch: true,
  params: idParams,
  response: teamView,
  examples: { response: { ...EXAMPLE, version: 2, disabledAt: '2026-11-22T10:00:00Z' } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'team', target, true);
    return replyOf(await teamById(request.tx, target.id));
  },
});

const enable = defineWrite({
  ...common,
  method: 'post',
  path: '/teams/{id}/enable',
  operationId: 'enableTeam',
  summary: 'Give a disabled team back what its roles allow',
  permission: 'people.write',
  errors: [...CHANGE_ERRORS, 'already-active'],
  ifMatch: true,
  params: idParams,
  response: teamView,
  examples: { response: { ...EXAMPLE, version: 3 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await setDisabled(request.tx, request, 'team', target, false);
    return replyOf(await teamById(request.tx, target.id));
  },
});
