import { z } from 'zod';
import { nearestOf } from '../kernel/nearest.ts';
import { CONFIRMATION_OUTCOMES } from './confirmation.ts';
import type { DeclaredRole } from './definition-participants.ts';

const SAID = ['at the start', 'in the run'] as const;

/** Somebody who has a part in a run. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** Who fills a role of a run. */
export interface FilledRole {
  readonly role: string;
  readonly person: Person;
  readonly said: (typeof SAID)[number];
  readonly filledAt: Date;
}

/** A role with whoever fills it, as answers and reports have it. */
export const participantSchema = z.object({
  role: z.string(),
  description: z.string().nullable().describe('Null until the run has read its definition'),
  required: z.boolean(),
  person: z.string().nullable().describe('Null: nobody fills it'),
  said: z.enum(SAID).nullable().describe('When it was said who fills it'),
  filledAt: z.iso.datetime().nullable(),
  answered: z
    .array(z.object({ step: z.string(), outcome: z.enum(CONFIRMATION_OUTCOMES) }))
    .describe('What the person answered in this role'),
});

export type Participant = z.output<typeof participantSchema>;

/** Why a person cannot fill a role beside those that are filled; undefined when they can, or do already. */
export function roleProblem(
  roles: readonly DeclaredRole[],
  filled: readonly Pick<FilledRole, 'role' | 'person'>[],
  wish: Pick<FilledRole, 'role' | 'person'>,
): string | undefined {
  const role = roles.find((one) => one.role === wish.role);
  if (!role) return unknownRole(wish.role, roles);
  const holder = filled.find((one) => one.role === wish.role)?.person;
  if (holder?.id === wish.person.id) return undefined;
  if (holder) return `is filled by ${holder.name} in this run`;
  const others = filled.filter(({ person }) => person.id === wish.person.id).map((one) => one.role);
  const isDistinct = (name: string) => roles.some((one) => one.role === name && one.distinct);
  const clash = role.distinct ? others[0] : others.find(isDistinct);
  if (clash === undefined) return undefined;
  return `must be somebody else than the ${clash}, who is ${wish.person.name}`;
}

/** For a name that no role has: the nearest one, or those that there are. */
export function unknownRole(name: string, roles: readonly DeclaredRole[]): string {
  const known = roles.map(({ role }) => role);
  const nearest = nearestOf(name, known);
  if (nearest !== undefined) return `is no role: did you mean ${nearest}?`;
  return known.length === 0 ? 'is no role: the definition has none' : `is no role: known are ${known.join(', ')}`;
}

/** The required roles that nobody fills. */
export function unfilledRoles(roles: readonly DeclaredRole[], filled: readonly FilledRole[]): string[] {
  const isFilled = (name: string) => filled.some(({ role }) => role === name);
  return roles.filter(({ role, required }) => required && !isFilled(role)).map(({ role }) => role);
}
