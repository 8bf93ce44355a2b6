import type { LineProblem } from '../kernel/csv.ts';
import type { PlannedLine } from './person-import.ts';

/**
 * What is wrong with lines that together take the role admin from everybody who has it: the last one that takes it is named.
 * @param administrators ids of those who administer now, persons or not.
 */
export function administratorProblems(lines: readonly PlannedLine[], administrators: Iterable<string>): LineProblem[] {
  const left = new Set(administrators);
  let taking: number | undefined;
  for (const { line, email, person, identity, outcome } of lines) {
    if (outcome === 'refused' || identity.roles === undefined) continue;
    if (identity.roles.includes('admin')) left.add(person?.id ?? email);
    else if (person && left.delete(person.id)) taking = line;
  }
  if (taking === undefined || left.size > 0) return [];
  const message = 'would take the last active administrator away: give somebody else the role admin first';
  return [{ line: taking, column: 'roles', message }];
}
