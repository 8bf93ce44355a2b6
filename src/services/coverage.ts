/** What one requirement comes to. Only an emergency may take `covered from reserve`. */
export const REQUIREMENT_VERDICTS = [
  'covered',
  'covered from reserve',
  'short',
  'unknown part',
  'ambiguous part',
  'unknown product',
  'ambiguous product',
  'ready',
  'unknown skill',
] as const;
export type RequirementVerdict = (typeof REQUIREMENT_VERDICTS)[number];

/** What all spares, seats and skills of a service come to. */
export const COVERAGE_VERDICTS = [
  'covered',
  'covered only with the reserve',
  'short',
  'unknown',
  'none declared',
] as const;
export type CoverageVerdict = (typeof COVERAGE_VERDICTS)[number];

/** A requirement as one service states it. */
export interface StatedRequirement {
  readonly service: { readonly id: string; readonly name: string };
  readonly text: string;
  readonly quantity: number;
}

/** What a text was found to mean: one thing, or not. */
export interface Resolved<Thing extends { readonly id: string }> {
  readonly stated: StatedRequirement;
  /** One is found, none is unknown, several are ambiguous. */
  readonly matches: readonly Thing[];
}

/** How much can be taken without what is kept for emergencies, and with it. */
export interface Free {
  readonly ordinary: number;
  readonly withReserve: number;
}

/** Everything that is needed of one thing; or one text that names nothing, or several things. */
export interface Demand<Thing extends { readonly id: string }> {
  readonly thing: Thing | null;
  readonly candidates: readonly Thing[];
  readonly needed: number;
  /** More than one entry: they draw on the same pieces. */
  readonly neededBy: readonly StatedRequirement[];
}

/**
 * Sums what is needed by what it means: two texts for one part, or two services that need it, draw on one pool. The order is
 * that of the first mention.
 */
export function demandsOf<Thing extends { readonly id: string }>(
  resolved: readonly Resolved<Thing>[],
): Demand<Thing>[] {
  const groups = Map.groupBy(resolved, ({ stated, matches }) =>
    matches.length === 1 ? (matches[0]?.id ?? '') : `text ${stated.text.toLowerCase()}`,
  );
  return [...groups.values()].map((group) => {
    const matches = group[0]?.matches ?? [];
    return {
      thing: matches.length === 1 ? (matches[0] ?? null) : null,
      candidates: matches.length === 1 ? [] : matches,
      needed: group.reduce((sum, { stated }) => sum + stated.quantity, 0),
      neededBy: group.map(({ stated }) => stated),
    };
  });
}

/** What a demand comes to against what is free of its thing (null when it is not known which thing that is). */
export function verdictOf(
  demand: Pick<Demand<{ readonly id: string }>, 'needed' | 'candidates'>,
  free: Free | null,
  kind: 'part' | 'product',
): RequirementVerdict {
  if (free === null) return demand.candidates.length > 0 ? `ambiguous ${kind}` : `unknown ${kind}`;
  if (demand.needed <= free.ordinary) return 'covered';
  return demand.needed <= free.withReserve ? 'covered from reserve' : 'short';
}

/**
 * The verdict over all requirements. What is certainly short outweighs what is not known, and that outweighs what is
 * covered.
 */
export function coverageVerdict(verdicts: readonly RequirementVerdict[]): CoverageVerdict {
  if (verdicts.length === 0) return 'none declared';
  if (verdicts.includes('short')) return 'short';
  if (verdicts.some((verdict) => /^(unknown|ambiguous)/.test(verdict))) return 'unknown';
  return verdicts.includes('covered from reserve') ? 'covered only with the reserve' : 'covered';
}
