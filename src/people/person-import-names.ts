import { Temporal } from 'temporal-polyfill';
import type { Principal } from '../auth/principal.ts';
import { entriesOf, meant, type Read, readSkills, shortened } from './person-cells.ts';
import type { Known, KnownTeam } from './person-import.ts';
import type { Profile, Skill } from './profile.ts';
import { rolesBeyond } from './role-grant.ts';

/** The skills that a cell means: what it leaves out of one is as it was, its note too. */
export function newSkillsOf(
  cell: string,
  zone: string,
  profile: Profile | undefined,
  { fields, fieldNames }: Known,
): Read<Skill[]> {
  const stated = readSkills(cell, zone);
  if ('problem' in stated) return stated;
  const skills: Skill[] = [];
  for (const { field: name, level, ...term } of stated.value) {
    const field = fields.get(name);
    if (!field) return { problem: missing('field of skills', name, fieldNames) };
    const before = profile?.skills.find((skill) => skill.field.id === field.id);
    if (field.isRetired && !before) return { problem: `the field ${field.name} is retired` };
    const { since = before?.since, validUntil = before?.validUntil ?? null } = term;
    if (since === undefined)
      return { problem: `${field.name} does not say since when: ${name}: ${level} from 2026-01-01` };
    if (validUntil !== null && Temporal.Instant.compare(since, validUntil) >= 0) {
      return { problem: `${field.name} ends before it begins` };
    }
    if (skills.some((skill) => skill.field.id === field.id)) return { problem: `${field.name} is there twice` };
    skills.push({ field: { id: field.id, name: field.name }, level, since, validUntil, note: before?.note ?? '' });
  }
  return { value: skills };
}

/** The teams that a cell means; those that somebody is in already may be disabled. */
export function readTeams(
  cell: string,
  own: readonly KnownTeam[],
  { teams, teamNames }: Known,
  principal: Pick<Principal, 'permissions'>,
): Read<readonly KnownTeam[]> {
  const meantTeams: KnownTeam[] = [];
  for (const name of entriesOf(cell)) {
    const team = teams.get(name);
    if (!team) return { problem: missing('team', name, teamNames) };
    if (!meantTeams.some(({ id }) => id === team.id)) meantTeams.push(team);
  }
  const isIn = (list: readonly KnownTeam[], { id }: KnownTeam) => list.some((team) => team.id === id);
  const joined = meantTeams.filter((team) => !isIn(own, team));
  const disabled = joined.find(({ isDisabled }) => isDisabled);
  if (disabled) return { problem: `the team ${disabled.name} is disabled` };
  for (const team of [...joined, ...own.filter((one) => !isIn(meantTeams, one))]) {
    const beyond = rolesBeyond(principal, team.roles);
    if (beyond.length > 0)
      return { problem: `you cannot change ${team.name}: its role ${beyond.join(', ')} may do more` };
  }
  return { value: meantTeams };
}

const missing = (noun: string, name: string, names: readonly string[]) =>
  `there is no ${noun} "${shortened(name)}"${meant(name, names) || ': add it first'}`;
