import type { Queryable } from '../database/database.ts';
import type { RequirementVerdict, StatedRequirement } from './coverage.ts';

/** Somebody with a skill. */
export interface SkilledPerson {
  readonly id: string;
  readonly name: string;
  /** Why they count as missing at the moment asked about; null for who is there. */
  readonly missingBecause: string | null;
}

/**
 * Who has the skills of some names at an instant, by name as asked; a name that is no skill is left out. It is handed in, because
 * services and people do not know each other.
 */
export type FindSkilled = (
  db: Queryable,
  names: readonly string[],
  atMs: number,
) => Promise<ReadonlyMap<string, readonly SkilledPerson[]>>;

/** A required skill with who has it. */
export interface CoveredSkill {
  readonly stated: StatedRequirement;
  readonly verdict: RequirementVerdict;
  readonly ready: readonly SkilledPerson[];
  readonly missing: readonly SkilledPerson[];
}

/** One person who is there makes a skill `ready`; a skill that the catalogue does not know, or has retired, is unknown. */
export function coveredSkill(stated: StatedRequirement, skilled: readonly SkilledPerson[] | undefined): CoveredSkill {
  const ready = (skilled ?? []).filter(({ missingBecause }) => missingBecause === null);
  const missing = (skilled ?? []).filter(({ missingBecause }) => missingBecause !== null);
  const verdict = skilled === undefined ? 'unknown skill' : ready.length > 0 ? 'ready' : 'short';
  return { stated, verdict, ready, missing };
}
