import { z } from 'zod';
import { changesSomething, type Identity, nameSchema, rolesSchema } from './identity.ts';

/** Persons that one team may have. */
export const TEAM_MEMBERS_MAX = 200;

const fields = {
  name: nameSchema,
  members: z
    .array(z.uuid().toLowerCase())
    .max(TEAM_MEMBERS_MAX)
    .refine((ids) => new Set(ids).size === ids.length, { message: 'must name each person once' })
    .describe('Ids of persons. They do not gain the roles of the team'),
  roles: rolesSchema,
};

/** A new team. */
export const newTeamSchema = z.strictObject({
  ...fields,
  members: fields.members.default([]),
  roles: fields.roles.default([]),
});

/** A change: what is named replaces what was there, the members as a whole. */
export const teamChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(...changesSomething);

export type NewTeam = z.infer<typeof newTeamSchema>;
export type TeamChange = z.infer<typeof teamChangeSchema>;

export interface Team extends Identity {
  readonly members: readonly string[];
}
