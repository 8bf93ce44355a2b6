import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { createPerson, updatePerson } from './person.service.ts';
import type { KnownTeam, PlannedLine } from './person-import.ts';
import { updateProfile } from './profile.service.ts';
import { updateTeam } from './team.service.ts';

/**
 * Carries out what lines of a file would do to persons, their profiles and their teams. Administrators are made before others
 * stop to be one.
 * @throws AppError `conflict` `last-administrator`, and `principal-name-taken` or `email-taken` when somebody else adds the
 *   same at that moment.
 */
export async function applyLines(tx: Tx, caller: Caller, lines: readonly PlannedLine[]): Promise<void> {
  const teams = new Map<string, { readonly team: KnownTeam; readonly members: Set<string> }>();
  const membersOf = (team: KnownTeam) => {
    const entry = teams.get(team.id) ?? { team, members: new Set(team.members) };
    teams.set(team.id, entry);
    return entry.members;
  };
  const isMade = ({ identity }: PlannedLine) => (identity.roles?.includes('admin') ? 0 : 1);
  for (const line of lines.toSorted((left, right) => isMade(left) - isMade(right))) {
    const personId = await applyLine(tx, caller, line);
    for (const team of line.leaving) membersOf(team).delete(personId);
    for (const team of line.joining) membersOf(team).add(personId);
  }
  for (const { team, members } of [...teams.values()].toSorted((left, right) =>
    left.team.id < right.team.id ? -1 : 1,
  )) {
    await updateTeam(tx, caller, { id: team.id, expectedVersion: team.version }, { members: [...members] });
  }
}

/** @returns the id of the person. */
async function applyLine(tx: Tx, caller: Caller, line: PlannedLine): Promise<string> {
  const { person, identity, profile, name, email } = line;
  const { zone = null, roles = [] } = identity;
  let target = person && { id: person.id, version: person.version };
  if (!target) target = await createPerson(tx, caller, { name, email, zone, roles });
  else if (Object.values(identity).some((value) => value !== undefined)) {
    target = await updatePerson(tx, caller, { id: target.id, expectedVersion: target.version }, identity);
  }
  if (Object.keys(profile).length > 0) {
    await updateProfile(tx, caller, { id: target.id, expectedVersion: target.version }, profile);
  }
  return target.id;
}
