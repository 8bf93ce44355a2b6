import type { Principal } from '../auth/principal.ts';
import type { LineProblem } from '../kernel/csv.ts';
import { isZone } from '../kernel/zone.ts';
import { nameSchema } from './identity.ts';
import { administratorProblems } from './person-administrators.ts';
import {
  cellOfContacts,
  cellOfInstant,
  cellOfSkills,
  cellOfWords,
  EMPTIED,
  type Read,
  readContacts,
  readFunctions,
  readInstant,
  readRoles,
} from './person-cells.ts';
import type { CellChange, ImportColumn, Known, KnownPerson, PersonLine, PlannedLine } from './person-import.ts';
import { newSkillsOf, readTeams } from './person-import-names.ts';
import type { Profile, ProfileChange } from './profile.ts';
import { rolesBeyond } from './role-grant.ts';
import { TEAM_MEMBERS_MAX } from './team.ts';

/** What a file would do, line by line, and what is wrong with it. */
export interface ImportPlan {
  readonly lines: readonly PlannedLine[];
  readonly problems: readonly LineProblem[];
}

/**
 * Works out what each line would do to what is there. Nothing is written.
 * @param administrators ids of those who administer now, persons or not.
 */
export function planImport(
  lines: readonly PersonLine[],
  known: Known,
  principal: Pick<Principal, 'permissions'>,
  administrators: Iterable<string>,
): ImportPlan {
  const problems: LineProblem[] = [];
  const names = new Map<string, number>();
  const planned = lines.map((line) => {
    const before = problems.length;
    const complain = (column: ImportColumn, message: string) => problems.push({ line: line.line, column, message });
    const plan = planLine({ line, known, principal, names, complain });
    return problems.length > before ? { ...plan, outcome: 'refused' as const } : plan;
  });
  const together = [...fullTeams(planned), ...administratorProblems(planned, administrators)];
  const isRefused = new Set(together.map(({ line }) => line));
  return {
    lines: planned.map((plan) => (isRefused.has(plan.line) ? { ...plan, outcome: 'refused' } : plan)),
    problems: [...problems, ...together],
  };
}

/** One line with everything that it is judged by. */
interface LineContext {
  readonly line: PersonLine;
  readonly known: Known;
  readonly principal: Pick<Principal, 'permissions'>;
  /** The names that the lines before give, in lower case. */
  readonly names: Map<string, number>;
  readonly complain: (column: ImportColumn, message: string) => void;
}

function planLine(context: LineContext): PlannedLine {
  const { line, known } = context;
  const person = known.persons.get(line.email);
  if (person) judgePerson(context, person);
  const changes: CellChange[] = [];
  const read = readerOf(context, changes);
  const zoneCell = line.cells.get('zone');
  const zone = (zoneCell !== undefined && isZone(zoneCell) ? zoneCell : person?.zone) ?? 'UTC';
  const { name, identity } = readIdentity(context, person, read);
  const profile = readProfile(context, person?.profile, zone, read);
  const own = person ? (known.teamsOf.get(person.id) ?? []) : [];
  const titles = (teams: typeof own) => cellOfWords(teams.map(({ name }) => name));
  const teams = read('teams', (cell) => readTeams(cell, own, known, context.principal), titles, own) ?? own;
  const outcome = person === undefined ? 'create' : changes.length > 0 ? 'change' : 'unchanged';
  const others = (list: typeof own, than: typeof own) => list.filter(({ id }) => !than.some((team) => team.id === id));
  return {
    ...{ line: line.line, email: line.email, name, outcome, changes, person, identity, profile },
    joining: others(teams, own),
    leaving: others(own, teams),
  };
}

/** Whoever may do more than the caller is changed by nobody through the caller, and who is disabled by no import. */
function judgePerson({ principal, complain }: LineContext, { name, roles, isDisabled }: KnownPerson): void {
  if (isDisabled) complain('email', `belongs to ${name}, who is disabled: enable them first, or leave the line out`);
  const beyond = rolesBeyond(principal, roles);
  if (beyond.length === 0) return;
  complain('email', `belongs to ${name}, whose role ${beyond.join(', ')} may do more than you may`);
}

/** Reads a cell, notes what it changes, and answers what it says if that differs from what is there. */
type CellReader = <Value>(
  column: ImportColumn,
  read: (cell: string) => Read<Value>,
  cellOfValue: (value: Value) => string,
  before: Value | undefined,
) => Value | undefined;

function readerOf({ line, complain }: LineContext, changes: CellChange[]): CellReader {
  return (column, read, cellOfValue, before) => {
    const cell = line.cells.get(column);
    if (cell === undefined) return undefined;
    const said = read(cell);
    if ('problem' in said) {
      complain(column, said.problem);
      return undefined;
    }
    const change = { column, before: before === undefined ? '' : cellOfValue(before), after: cellOfValue(said.value) };
    if (change.before === change.after) return undefined;
    changes.push(change);
    return said.value;
  };
}

function readIdentity(context: LineContext, person: KnownPerson | undefined, read: CellReader) {
  const { line, principal, complain } = context;
  const name = read(
    'name',
    (cell) => readName(cell, context, person),
    (text) => text,
    person?.name,
  );
  if (!person && !line.cells.has('name')) complain('name', 'must be stated for somebody new');
  const zone = read('zone', readZone, (text) => text ?? '', person ? person.zone : undefined);
  const roles = read(
    'roles',
    (cell) => {
      const said = readRoles(cell);
      const beyond = 'value' in said ? rolesBeyond(principal, said.value) : [];
      return beyond.length > 0
        ? { problem: `you cannot give ${beyond.join(', ')}: it may do more than you may` }
        : said;
    },
    cellOfWords,
    person?.roles.slice(),
  );
  const identity = { name, zone, roles };
  return { name: name ?? person?.name ?? line.cells.get('name') ?? '', identity };
}

function readName(cell: string, { line, known, names }: LineContext, person: KnownPerson | undefined): Read<string> {
  const name = nameSchema.safeParse(cell);
  if (!name.success) return { problem: name.error.issues[0]?.message ?? 'is no name' };
  const before = names.get(name.data.toLowerCase());
  if (before !== undefined) return { problem: `"${name.data}" is there twice, first in line ${before}` };
  names.set(name.data.toLowerCase(), line.line);
  const holder = known.namesTaken.get(cell);
  if (holder === undefined || holder === person?.id) return { value: name.data };
  return { problem: `"${name.data}" is the name of another person, team or service account` };
}

function readZone(cell: string): Read<string | null> {
  if (cell === EMPTIED) return { value: null };
  return isZone(cell) ? { value: cell } : { problem: `"${cell.slice(0, 60)}" is no time zone such as Asia/Shanghai` };
}

function readProfile(
  { known }: LineContext,
  profile: Profile | undefined,
  zone: string,
  read: CellReader,
): ProfileChange {
  const functions = read('functions', readFunctions, cellOfWords, profile?.functions.slice());
  const contacts = read('contacts', readContacts, cellOfContacts, profile?.contacts.slice());
  const skills = read(
    'skills',
    (cell) => newSkillsOf(cell, zone, profile, known),
    (list) => cellOfSkills(list, zone),
    profile?.skills.slice(),
  );
  const leavesAt = read(
    'leaves',
    (cell) => (cell === EMPTIED ? { value: null } : readInstant(cell, zone)),
    (instant) => (instant === null ? '' : cellOfInstant(instant, zone)),
    profile?.leavesAt,
  );
  return {
    ...(functions && { functions }),
    ...(contacts && { contacts }),
    ...(skills && { skills: skills.map(({ field, ...skill }) => ({ ...skill, fieldId: field.id })) }),
    ...(leavesAt !== undefined && { leavesAt }),
  };
}

/** A team that would have more members than it may: the last line that adds one is refused. */
function fullTeams(lines: readonly PlannedLine[]): LineProblem[] {
  const counts = new Map<string, number>();
  const problems = new Map<string, LineProblem>();
  for (const { line, joining } of lines) {
    for (const team of joining) {
      const count = (counts.get(team.id) ?? team.members.length) + 1;
      counts.set(team.id, count);
      const message = `${team.name} would have ${count} members, at most ${TEAM_MEMBERS_MAX} are possible`;
      if (count > TEAM_MEMBERS_MAX) problems.set(team.id, { line, column: 'teams', message });
    }
  }
  return [...problems.values()];
}
