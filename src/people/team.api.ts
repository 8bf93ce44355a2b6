import { z } from 'zod';
import { type IdentityApi, identityView, identityViewOf, stateQuery } from './identity.api.ts';
import { listTeams, type TeamFilter, teamById } from './people.queries.ts';
import { createTeam, updateTeam } from './team.service.ts';
import { type NewTeam, newTeamSchema, type Team, type TeamChange, teamChangeSchema } from './team.ts';

const view = z.object({
  ...identityView,
  members: z.array(z.uuid()).describe('Ids of persons'),
});

interface TeamTypes {
  readonly item: Team;
  readonly view: z.input<typeof view>;
  readonly new: NewTeam;
  readonly change: TeamChange;
  readonly filter: TeamFilter;
}

const EXAMPLE: NewTeam = {
  name: 'Database operations',
  members: ['019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d'],
  roles: ['operator'],
};

/** Teams: persons who answer for something together. */
export const teamApi: IdentityApi<TeamTypes> = {
  kind: 'team',
  path: '/teams',
  noun: 'team',
  operationNoun: 'Team',
  view,
  viewOf: (team) => ({ ...identityViewOf(team), members: [...team.members] }),
  newSchema: newTeamSchema,
  changeSchema: teamChangeSchema,
  filters: {
    state: stateQuery,
    memberId: z.uuid().optional().describe('Only the teams of this person'),
  },
  ownErrors: ['unsuitable-member'],
  examples: {
    new: EXAMPLE,
    view: {
      id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
      ...EXAMPLE,
      disabledAt: null,
      version: 1,
      createdAt: '2026-11-22T09:30:00Z',
    },
    change: { members: [] },
  },
  list: listTeams,
  byId: teamById,
  create: createTeam,
  update: updateTeam,
};
