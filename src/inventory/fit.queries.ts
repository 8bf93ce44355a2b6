import type { Queryable } from '../database/database.ts';

/** Substitutes are followed this many steps from the part that fits directly. */
const SUBSTITUTE_STEPS_MAX = 3;

/** More candidates than anybody looks at: the search ends here, with the best ones found. */
const CANDIDATES_MAX = 200;

/** A part that serves in place of something, and how it was found. */
export interface FitCandidate {
  readonly partId: string;
  /** Pieces that stand for one of what failed: the quantities along the way, multiplied. */
  readonly quantityPerDevice: number;
  /** What has to be accepted, along the way. */
  readonly conditions: readonly string[];
  /** The rank of each edge along the way. Fewer edges are better; among as many, the smaller rank at the first difference. */
  readonly rankPath: readonly number[];
  /** The parts in whose place it serves, the one that fits directly first; empty for that one itself. Retired ones too. */
  readonly via: readonly string[];
}

/**
 * The parts in use that serve when a device of this model has failed, the best first: those that fit it directly, by their
 * rank, then their substitutes, at most three steps away. A part comes once, by its best way. A retired part is no
 * candidate, but its substitutes are. Empty for a model without fits, or that is not there.
 */
export async function resolveFits(db: Queryable, deviceModelId: string): Promise<FitCandidate[]> {
  const direct = await edges(db, 'device_model_id', [deviceModelId]);
  return follow(
    db,
    direct.map((edge) => stepAlong(undefined, edge)),
    new Set(),
  );
}

/** The parts in use that can stand in for a part, the best first: as {@link resolveFits}, from this part instead of a device. */
export async function resolveSubstitutes(db: Queryable, partId: string): Promise<FitCandidate[]> {
  const direct = await edges(db, 'replaced_part_id', [partId]);
  return follow(
    db,
    direct.map((edge) => stepAlong(undefined, edge)),
    new Set([partId]),
    SUBSTITUTE_STEPS_MAX - 1,
  );
}

interface Edge {
  readonly sourceId: string;
  readonly partId: string;
  readonly rank: number;
  readonly quantity: number;
  readonly conditions: string | null;
  readonly isRetired: boolean;
}

type Step = FitCandidate & { readonly isRetired: boolean };

/** Breadth first, so that the shortest and then best ranked way to a part is the one that is kept; `seen` ends cycles. */
async function follow(
  db: Queryable,
  first: readonly Step[],
  seen: Set<string>,
  stepsLeft = SUBSTITUTE_STEPS_MAX,
): Promise<FitCandidate[]> {
  const found: FitCandidate[] = [];
  let level = newSteps(first, seen);
  for (let step = 0; ; step += 1) {
    found.push(...level.filter(({ isRetired }) => !isRetired).map(({ isRetired: _, ...candidate }) => candidate));
    if (step >= stepsLeft || level.length === 0 || found.length >= CANDIDATES_MAX)
      return found.slice(0, CANDIDATES_MAX);
    const from = new Map(level.map((reached) => [reached.partId, reached]));
    const next = await edges(db, 'replaced_part_id', [...from.keys()]);
    level = newSteps(
      next.map((edge) => stepAlong(from.get(edge.sourceId), edge)),
      seen,
    );
  }
}

/** The steps to parts that were not seen before, the best first, each part once. */
function newSteps(steps: readonly Step[], seen: Set<string>): Step[] {
  return steps.toSorted(byRankPath).filter(({ partId }) => {
    if (seen.has(partId)) return false;
    seen.add(partId);
    return true;
  });
}

function byRankPath(a: Step, b: Step): number {
  const index = a.rankPath.findIndex((rank, at) => rank !== b.rankPath[at]);
  if (index < 0) return a.partId < b.partId ? -1 : 1;
  return (a.rankPath[index] ?? 0) - (b.rankPath[index] ?? 0);
}

function stepAlong(from: Step | undefined, edge: Edge): Step {
  return {
    partId: edge.partId,
    quantityPerDevice: (from?.quantityPerDevice ?? 1) * edge.quantity,
    conditions: [...(from?.conditions ?? []), ...(edge.conditions === null ? [] : [edge.conditions])],
    rankPath: [...(from?.rankPath ?? []), edge.rank],
    via: from ? [...from.via, from.partId] : [],
    isRetired: edge.isRetired,
  };
}

async function edges(
  db: Queryable,
  source: 'device_model_id' | 'replaced_part_id',
  ids: readonly string[],
): Promise<Edge[]> {
  return db.rows<Edge>(
    `SELECT f.${source} AS "sourceId", f.part_id AS "partId", f.rank, f.quantity, f.conditions,
            p.retired_at IS NOT NULL AS "isRetired"
     FROM part_fit f JOIN part p ON p.id = f.part_id
     WHERE f.${source} = ANY ($1::uuid[])`,
    [ids],
  );
}
