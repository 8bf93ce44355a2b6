import { entitlementAvailability } from '../allocations/availability.queries.ts';
import type { EntitlementAvailability } from '../allocations/availability.ts';
import { entitlementsToday } from '../allocations/entitlements-today.queries.ts';
import { type FreePart, type FreePlace, freeParts } from '../allocations/free.queries.ts';
import type { Queryable } from '../database/database.ts';
import { partsMatchingEach } from '../inventory/part.queries.ts';
import type { PartRef } from '../inventory/part.ts';
import { productsMatchingEach } from '../licences/product.queries.ts';
import type { Product } from '../licences/product.ts';
import type { StatedRequirements } from './coverage.queries.ts';
import {
  type CoverageVerdict,
  coverageVerdict,
  type Demand,
  demandsOf,
  type Free,
  type RequirementVerdict,
  type StatedRequirement,
  verdictOf,
} from './coverage.ts';
import { type CoveredSkill, coveredSkill, type FindSkilled } from './skill-coverage.ts';

/** A demand with its verdict and what is free of it; nothing is free of what is not one thing. */
export interface Covered<Thing extends { readonly id: string }> extends Demand<Thing> {
  readonly verdict: RequirementVerdict;
  readonly free: Free;
}

export interface CoveredSpare extends Covered<PartRef> {
  readonly places: readonly FreePlace[];
  /** True when there may be more pieces, and more places, than were counted. */
  readonly isAtLeast: boolean;
}

export interface CoveredSeat extends Covered<Product> {
  readonly entitlements: readonly { readonly id: string; readonly name: string; readonly free: Free }[];
}

/** What some requirements come to against what is there at one moment. */
export interface PoolCoverage {
  readonly verdict: CoverageVerdict;
  readonly spares: readonly CoveredSpare[];
  readonly seats: readonly CoveredSeat[];
  readonly skills: readonly CoveredSkill[];
}

/**
 * Holds groups of requirements against what is free at this moment and can stay out for as long as it takes, each group by
 * itself: what is promised to somebody later does not count, nor do seats that over-use would allow. Inside a group needs of
 * the same part or product are summed, because they draw on one pool; two groups may count the same piece. A skill is not used
 * up: one person who is there makes it ready. The number of statements does not grow with the groups.
 * @param atMs the instant at which skills count, in milliseconds since 1970.
 */
export async function poolCoverage(
  db: Queryable,
  groups: readonly StatedRequirements[],
  { atMs, findSkilled }: { readonly atMs: number; readonly findSkilled: FindSkilled },
): Promise<PoolCoverage[]> {
  const parts = await partsMatchingEach(db, textsOf(groups.flatMap(({ spares }) => spares)));
  const products = await productsMatchingEach(db, textsOf(groups.flatMap(({ seats }) => seats)));
  const spares = groups.map((group) => demanded(group.spares, parts));
  const seats = groups.map((group) => demanded(group.seats, products));
  const free = await freeOf(db, spares.flat());
  const pools = await poolsOf(db, seats.flat());
  const named = [...new Set(groups.flatMap(({ skills }) => skills.map(({ text }) => text)))];
  const skilled: Awaited<ReturnType<FindSkilled>> = named.length === 0 ? new Map() : await findSkilled(db, named, atMs);
  return groups.map((group, index) => {
    const covered = {
      spares: (spares[index] ?? []).map((demand) => coveredSpare(demand, free)),
      seats: (seats[index] ?? []).map((demand) => coveredSeat(demand, pools)),
      skills: group.skills.map((one) => coveredSkill(one, skilled.get(one.text))),
    };
    const rows = [...covered.spares, ...covered.seats, ...covered.skills];
    return { verdict: coverageVerdict(rows.map(({ verdict }) => verdict)), ...covered };
  });
}

/** Texts that mean the same whatever the case, each once. */
export function textsOf(stated: readonly StatedRequirement[]): string[] {
  return [...new Set(stated.map(({ text }) => text.toLowerCase()))];
}

function demanded<Thing extends { readonly id: string }>(
  stated: readonly StatedRequirement[],
  meant: ReadonlyMap<string, readonly Thing[]>,
): Demand<Thing>[] {
  return demandsOf(stated.map((one) => ({ stated: one, matches: meant.get(one.text.toLowerCase()) ?? [] })));
}

const idsOf = (demands: readonly Demand<{ readonly id: string }>[]) => [
  ...new Set(demands.flatMap(({ thing }) => (thing ? [thing.id] : []))),
];

function freeOf(db: Queryable, demands: readonly Demand<PartRef>[]): Promise<ReadonlyMap<string, FreePart>> {
  const needed = demands.reduce((most, demand) => Math.max(most, demand.needed), 0);
  return freeParts(db, idsOf(demands), needed);
}

async function poolsOf(
  db: Queryable,
  demands: readonly Demand<Product>[],
): Promise<ReadonlyMap<string, readonly EntitlementAvailability[]>> {
  const productIds = idsOf(demands);
  if (productIds.length === 0) return new Map();
  const pools = await entitlementAvailability(db, await entitlementsToday(db, productIds));
  return Map.groupBy(pools, ({ entitlement }) => entitlement.productId);
}

const NOTHING: Free = { ordinary: 0, withReserve: 0 };

function coveredSpare(demand: Demand<PartRef>, found: ReadonlyMap<string, FreePart>): CoveredSpare {
  const free = (demand.thing && found.get(demand.thing.id)) ?? null;
  const { places, isAtLeast } = free ?? { places: [], isAtLeast: false };
  return { ...demand, verdict: verdictOf(demand, free, 'part'), free: free ?? NOTHING, places, isAtLeast };
}

function coveredSeat(
  demand: Demand<Product>,
  pools: ReadonlyMap<string, readonly EntitlementAvailability[]>,
): CoveredSeat {
  const entitlements = (pools.get(demand.thing?.id ?? '') ?? []).map((pool) => ({
    id: pool.entitlement.id,
    name: pool.entitlement.name,
    free: freeByContract(pool),
  }));
  const free = demand.thing && {
    ordinary: entitlements.reduce((sum, pool) => sum + pool.free.ordinary, 0),
    withReserve: entitlements.reduce((sum, pool) => sum + pool.free.withReserve, 0),
  };
  return { ...demand, verdict: verdictOf(demand, free, 'product'), free: free ?? NOTHING, entitlements };
}

/** What is free of the seats that were paid for: over-use is for who stands there, not for a plan. */
export function freeByContract({
  seats,
  seatsMax,
  freeWithoutReserve,
  freeWithReserve,
}: EntitlementAvailability): Free {
  const overUse = seatsMax - seats;
  return { ordinary: Math.max(0, freeWithoutReserve - overUse), withReserve: Math.max(0, freeWithReserve - overUse) };
}
