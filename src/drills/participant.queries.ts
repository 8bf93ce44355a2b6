import type { Queryable } from '../database/database.ts';
import { confirmationsOf } from './confirmation.store.ts';
import { readDefinition } from './definition-file.ts';
import type { DeclaredRole } from './definition-participants.ts';
import { filledRolesOf } from './participant.store.ts';
import type { Participant } from './participant.ts';
import type { DrillRun } from './run.ts';

/** The roles of the definition that a run has pinned; none before it has. */
export function rolesOf({
  drill,
  definitionText,
}: Pick<DrillRun, 'drill' | 'definitionText'>): readonly DeclaredRole[] {
  if (definitionText === null) return [];
  return readDefinition(drill, Buffer.from(definitionText)).definition?.participants ?? [];
}

/** Every role of a run, with who fills it and what they have answered; filled ones that no definition declares come last. */
export async function participantsOf(db: Queryable, run: DrillRun): Promise<Participant[]> {
  const roles = rolesOf(run);
  const filled = await filledRolesOf(db, run.id);
  const confirmations = await confirmationsOf(db, run.id);
  const undeclared = filled.filter(({ role }) => !roles.some((one) => one.role === role));
  const listed = [...roles, ...undeclared.map(({ role }) => ({ role, description: null, required: false }))];
  return listed.map(({ role, description, required }) => {
    const holder = filled.find((one) => one.role === role);
    const answered = confirmations.flatMap(({ role: as, step, outcome }) =>
      as === role && outcome !== null ? [{ step, outcome }] : [],
    );
    return {
      ...{ role, description, required, answered },
      person: holder?.person.name ?? null,
      said: holder?.said ?? null,
      filledAt: holder?.filledAt.toISOString() ?? null,
    };
  });
}
