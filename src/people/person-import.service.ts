import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { type LineProblem, linesInvalid } from '../kernel/csv.ts';
import { createPerson, updatePerson } from './person.service.ts';
import { readPersons } from './person-csv.ts';
import { knownOf, namedBy } from './person-import.queries.ts';
import { holdForImport } from './person-import.store.ts';
import type { KnownTeam, PlannedLine } from './person-import.ts';
import { planImport } from './person-import-plan.ts';
import { updateProfile } from './profile.service.ts';
import { updateTeam } from './team.service.ts';

/** What an import does, or would do. */
export interface ImportedPersons {
  readonly isApplied: boolean;
  readonly lines: readonly PlannedLine[];
  /** In the order of their lines. */
  readonly problems: readonly LineProblem[];
}

/**
 * Imports persons from CSV, with their profiles and teams. Nothing changes unless `apply` is set, and with a problem in any line
 * nothing is applied. The same file again changes nothing.
 * @throws AppError `unprocessable` `person-lines-invalid`, which names lines and columns, when such a file is to be applied;
 *   `conflict` `last-administrator`, and `principal-name-taken` or `email-taken` when somebody else adds the same at that moment.
 */
export async function importPersons(
  tx: Tx,
  caller: Caller,
  wanted: { readonly csv: string; readonly apply: boolean },
): Promise<ImportedPersons> {
  const file = readPersons(wanted.csv);
  const named = namedBy(file.lines);
  if (wanted.apply) await holdForImport(tx, named);
  const plan = planImport(file.lines, await knownOf(tx, named), caller.principal);
  const problems = [...file.problems, ...plan.problems].toSorted((left, right) => left.line - right.line);
  if (wanted.apply && problems.length > 0) throw linesInvalid('person-lines-invalid', problems);
  const changing = plan.lines.filter(({ outcome }) => outcome === 'create' || outcome === 'change');
  const isApplied = wanted.apply && changing.length > 0;
  if (isApplied) await applyLines(tx, caller, changing);
  return { isApplied, lines: plan.lines, problems };
}

async function applyLines(tx: Tx, caller: Caller, lines: readonly PlannedLine[]): Promise<void> {
  const teams = new Map<string, { readonly team: KnownTeam; readonly members: Set<string> }>();
  const membersOf = (team: KnownTeam) => {
    const entry = teams.get(team.id) ?? { team, members: new Set(team.members) };
    teams.set(team.id, entry);
    return entry.members;
  };
  for (const line of lines) {
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
