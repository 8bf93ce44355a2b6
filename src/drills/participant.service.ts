import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { ConfirmationRequest } from './confirmation.ts';
import type { DeclaredRole } from './definition-participants.ts';
import { rolesOf } from './participant.queries.ts';
import { filledRolesOf, recordParticipant } from './participant.store.ts';
import { type FilledRole, type Person, roleProblem, unknownRole } from './participant.ts';
import { activePerson } from './person.queries.ts';
import type { DrillRun } from './run.ts';

/** Who fills which role, as whoever starts a run says it: names of people by role. */
export type WishedParticipants = Readonly<Record<string, string>>;

interface RoleProblem {
  readonly role: string;
  readonly message: string;
}

/**
 * Keeps who fills which role of a run that begins.
 * @throws AppError `invalid` `bad-participants`, naming every role that is unknown or cannot be filled so.
 */
export async function fillRoles(
  tx: Tx,
  runId: string,
  roles: readonly DeclaredRole[],
  wished: WishedParticipants,
): Promise<void> {
  const filled: Pick<FilledRole, 'role' | 'person'>[] = [];
  const problems: RoleProblem[] = [];
  for (const [role, name] of Object.entries(wished)) {
    const isKnown = roles.some((one) => one.role === role);
    const found = isKnown ? await personFor(tx, name) : unknownRole(role, roles);
    const problem = typeof found === 'string' ? found : roleProblem(roles, filled, { role, person: found });
    if (problem !== undefined) problems.push({ role, message: problem });
    else if (typeof found !== 'string') filled.push({ role, person: found });
  }
  if (problems.length > 0) throw badParticipants(problems);
  for (const one of filled) await recordParticipant(tx, runId, { ...one, said: 'at the start' });
}

/** The person of a name, or why there is none. */
async function personFor(tx: Tx, name: string): Promise<Person | string> {
  const person = await activePerson(tx, name);
  return typeof person === 'string' ? `cannot be filled: ${person}` : { id: person.id, name: person.name };
}

/**
 * Makes sure that the roles that were filled for a run are those of the definition that it has pinned.
 * @throws AppError `invalid` `bad-participants`.
 */
export function requireRoles(roles: readonly DeclaredRole[], filled: readonly FilledRole[]): void {
  const problems = filled.flatMap((wish, index): RoleProblem[] => {
    const message = roleProblem(roles, filled.slice(0, index), wish);
    return message === undefined ? [] : [{ role: wish.role, message }];
  });
  if (problems.length > 0) throw badParticipants(problems);
}

function badParticipants(problems: readonly RoleProblem[]): AppError {
  const said = problems.map(({ role, message }) => `${role} ${message}`).join('; ');
  return new AppError('invalid', 'bad-participants', `The drill cannot have these participants: ${said}`, {
    fields: problems.map(({ role, message }) => ({ field: `#/participants/${role}`, message })),
  });
}

/**
 * As which role a person answers what a run asks, and fills the role that their word names; null: as none. The run's row is locked.
 * @throws AppError `unprocessable` `role-needed` when only others may answer it; `bad-role` when the person cannot fill the role
 *   that they name, or it does not answer this.
 */
export async function answerAs(
  tx: Tx,
  run: DrillRun,
  person: Person,
  { step, role: named }: Pick<ConfirmationRequest, 'step' | 'role'>,
): Promise<string | null> {
  const roles = rolesOf(run);
  const filled = await filledRolesOf(tx, run.id);
  const meant = roles.filter(({ answers }) => answers.includes(step)).map(({ role }) => role);
  if (named === undefined) {
    const mine = filled.filter((one) => one.person.id === person.id).map(({ role }) => role);
    if (meant.length === 0) return mine.length === 1 ? (mine[0] ?? null) : null;
    const role = meant.find((one) => mine.includes(one));
    if (role === undefined)
      throw refused('role-needed', `${meantFor(step, meant, filled)}: ${person.name} fills no such role`);
    return role;
  }
  const problem = roleProblem(roles, filled, { role: named, person });
  if (problem !== undefined) throw refused('bad-role', `The role ${named} ${problem}`);
  if (meant.length > 0 && !meant.includes(named)) {
    throw refused('bad-role', `${meantFor(step, meant, filled)}, not by the role ${named}`);
  }
  if (!filled.some(({ role }) => role === named)) {
    await recordParticipant(tx, run.id, { role: named, person, said: 'in the run' });
  }
  return named;
}

function meantFor(step: string, meant: readonly string[], filled: readonly FilledRole[]): string {
  const names = meant.map((role) => {
    const holder = filled.find((one) => one.role === role)?.person.name;
    return `${role} (${holder ?? 'nobody yet'})`;
  });
  return `The step ${step} is answered by the role ${names.join(' or ')}`;
}

function refused(code: 'role-needed' | 'bad-role', message: string): AppError {
  return new AppError('unprocessable', code, message, { fields: [{ field: '#/role', message }] });
}
