import { recordAudit } from '../audit/audit.store.ts';
import { type Origin, originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Role } from '../auth/permissions.ts';
import { createPrincipal, findPrincipalByName } from '../auth/principal.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { changeIdentity, type IdentityTarget } from './identity.service.ts';
import { lockAdministrators } from './identity.store.ts';
import { teamById } from './people.queries.ts';
import { insertTeam, setMembers } from './people.store.ts';
import { requireMayGive } from './role-grant.ts';
import type { NewTeam, Team, TeamChange } from './team.ts';

/**
 * Adds a team.
 * @throws AppError `forbidden` `role-beyond-yours`; `conflict` `principal-name-taken`; `unprocessable` `unsuitable-member`.
 */
export async function createTeam(tx: Tx, caller: Caller, wanted: NewTeam): Promise<Team> {
  requireMayGive(caller.principal, wanted.roles);
  return addTeam(tx, originOf(caller), wanted);
}

/**
 * Finds the team of a name, or makes it without members: for the service's own start, which asks nobody. What is there
 * already stays as it is. Replicas may race.
 * @throws AppError `conflict` `not-a-team` when the name belongs to a person or a service account.
 */
export async function ensureTeam(
  tx: Tx,
  origin: Origin,
  wanted: { readonly name: string; readonly roles: readonly Role[] },
): Promise<Team> {
  await lockAdministrators(tx);
  const found = await findPrincipalByName(tx, wanted.name);
  if (!found) return addTeam(tx, origin, { name: wanted.name, roles: [...wanted.roles], members: [] });
  if (found.kind !== 'team') throw new AppError('conflict', 'not-a-team', `${wanted.name} is not the name of a team`);
  return teamById(tx, found.id);
}

/**
 * Changes a team.
 * @throws AppError as `changeIdentity`; `unprocessable` `unsuitable-member`.
 */
export async function updateTeam(tx: Tx, caller: Caller, target: IdentityTarget, change: TeamChange): Promise<Team> {
  const { name, roles, members } = change;
  const { id } = target;
  await changeIdentity(tx, caller, 'team', target, { name, roles });
  if (members) await setMembers(tx, id, members);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'team.update',
    subjectKind: 'team',
    subjectId: id,
    details: change,
  });
  return teamById(tx, id);
}

async function addTeam(tx: Tx, origin: Origin, wanted: NewTeam): Promise<Team> {
  const { name, roles, members } = wanted;
  const { id } = await createPrincipal(tx, { kind: 'team', name, roles }, origin);
  await insertTeam(tx, id);
  await setMembers(tx, id, members);
  await recordAudit(tx, {
    ...origin,
    action: 'team.create',
    subjectKind: 'team',
    subjectId: id,
    details: wanted,
  });
  return teamById(tx, id);
}
