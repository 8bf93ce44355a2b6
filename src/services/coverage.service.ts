import type { Temporal } from 'temporal-polyfill';
import { entitlementAvailability } from '../allocations/availability.queries.ts';
import type { EntitlementAvailability } from '../allocations/availability.ts';
import { entitlementsToday } from '../allocations/entitlements-today.queries.ts';
import { type FreePlace, freeParts } from '../allocations/free.queries.ts';
import type { Queryable } from '../database/database.ts';
import { type FitCandidate, resolveSubstitutes } from '../inventory/fit.queries.ts';
import { partRefs, partsMatching } from '../inventory/part.queries.ts';
import type { PartRef } from '../inventory/part.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { productsMatching } from '../licences/product.queries.ts';
import type { Product } from '../licences/product.ts';
import { databaseNow, servicesBelow, statedRequirements } from './coverage.queries.ts';
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
import { serviceById } from './service.queries.ts';
import { type CoveredSkill, coveredSkill, type FindSkilled } from './skill-coverage.ts';

/** A demand with its verdict and what is free of it; nothing is free of what is not one thing. */
export interface Covered<Thing extends { readonly id: string }> extends Demand<Thing> {
  readonly verdict: RequirementVerdict;
  readonly free: Free;
}

/** A part that could stand in for a required one. It does not count in any verdict: somebody has to decide for it. */
export interface Substitute extends Pick<FitCandidate, 'quantityPerDevice' | 'conditions'> {
  readonly part: PartRef;
  readonly free: Free;
  /** True when the same services need this part itself too. */
  readonly isRequiredToo: boolean;
}

export interface CoveredSpare extends Covered<PartRef> {
  readonly places: readonly FreePlace[];
  /** True when there may be more pieces, and more places, than were counted. */
  readonly isAtLeast: boolean;
  /** Looked for where the part itself does not cover the need without the reserve. */
  readonly substitutes: readonly Substitute[];
}

export interface CoveredSeat extends Covered<Product> {
  readonly entitlements: readonly { readonly id: string; readonly name: string; readonly free: Free }[];
}

/** What a service's recovery needs against what is there at one moment. */
export interface Coverage {
  readonly service: { readonly id: string; readonly name: string };
  /** Whose requirements count: the service, and on request everything that it depends on. */
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly checkedAt: Temporal.Instant;
  readonly verdict: CoverageVerdict;
  readonly spares: readonly CoveredSpare[];
  readonly seats: readonly CoveredSeat[];
  readonly skills: readonly CoveredSkill[];
}

/** More different names than a recovery can name; a graph of services beyond it is asked about service by service. */
const TEXTS_MAX = 500;

/**
 * Holds the requirements of a service against what is free at this moment and can stay out for as long as it takes: what is
 * promised to somebody later does not count, nor do seats that over-use would allow. Needs of the same part or product are
 * summed, because they draw on one pool. A skill is not used up: one person who is there makes it ready for every service.
 * @throws AppError `not-found` `no-such-service`; `unprocessable` `too-many-requirements`.
 */
export async function serviceCoverage(
  db: Queryable,
  id: string,
  { withDependencies, findSkilled }: { readonly withDependencies: boolean; readonly findSkilled: FindSkilled },
): Promise<Coverage> {
  const service = await serviceById(db, id);
  const services = withDependencies ? await servicesBelow(db, id) : [{ id, name: service.name }];
  const checkedAt = instantOf(await databaseNow(db));
  const stated = await statedRequirements(
    db,
    services.map((one) => one.id),
  );
  const spares = await coveredSpares(db, await demanded(stated.spares, (text) => partsMatching(db, text)));
  const seats = await coveredSeats(db, await demanded(stated.seats, (text) => productsMatching(db, text)));
  const named = [...new Set(stated.skills.map(({ text }) => text))];
  const skilled = await findSkilled(db, named, checkedAt.epochMilliseconds);
  const skills = stated.skills.map((one) => coveredSkill(one, skilled.get(one.text)));
  const verdict = coverageVerdict([...spares, ...seats, ...skills].map((row) => row.verdict));
  return { service: { id, name: service.name }, services, checkedAt, verdict, spares, seats, skills };
}

async function demanded<Thing extends { readonly id: string }>(
  stated: readonly StatedRequirement[],
  matching: (text: string) => Promise<readonly Thing[]>,
): Promise<Demand<Thing>[]> {
  const meant = new Map(stated.map(({ text }) => [text.toLowerCase(), [] as readonly Thing[]]));
  if (meant.size > TEXTS_MAX) {
    throw new AppError(
      'unprocessable',
      'too-many-requirements',
      `These services name ${meant.size} different things together, and at most ${TEXTS_MAX} are held against the pool at once: ask without dependencies`,
    );
  }
  for (const text of meant.keys()) meant.set(text, await matching(text));
  return demandsOf(stated.map((one) => ({ stated: one, matches: meant.get(one.text.toLowerCase()) ?? [] })));
}

const NOTHING: Free = { ordinary: 0, withReserve: 0 };

async function coveredSpares(db: Queryable, demands: readonly Demand<PartRef>[]): Promise<CoveredSpare[]> {
  const ids = demands.flatMap(({ thing }) => (thing ? [thing.id] : []));
  const found = await freeParts(db, ids, Math.max(0, ...demands.map(({ needed }) => needed)));
  const spares: CoveredSpare[] = [];
  for (const demand of demands) {
    const free = (demand.thing && found.get(demand.thing.id)) ?? null;
    const verdict = verdictOf(demand, free, 'part');
    const substitutes = free && verdict !== 'covered' ? await substitutesFor(db, free.partId, new Set(ids)) : [];
    const { places, isAtLeast } = free ?? { places: [], isAtLeast: false };
    spares.push({ ...demand, verdict, free: free ?? NOTHING, places, isAtLeast, substitutes });
  }
  return spares;
}

/** As many substitutes as an answer names. */
const SUBSTITUTES_MAX = 20;

async function substitutesFor(db: Queryable, partId: string, required: ReadonlySet<string>): Promise<Substitute[]> {
  const candidates = (await resolveSubstitutes(db, partId)).slice(0, SUBSTITUTES_MAX);
  const ids = candidates.map((candidate) => candidate.partId);
  const refs = await partRefs(db, ids);
  const free = await freeParts(db, ids, 0);
  return candidates.flatMap((candidate) => {
    const part = refs.get(candidate.partId);
    const there = free.get(candidate.partId);
    if (!part || !there) return [];
    const { quantityPerDevice, conditions } = candidate;
    return [{ part, quantityPerDevice, conditions, free: there, isRequiredToo: required.has(part.id) }];
  });
}

async function coveredSeats(db: Queryable, demands: readonly Demand<Product>[]): Promise<CoveredSeat[]> {
  const productIds = demands.flatMap(({ thing }) => (thing ? [thing.id] : []));
  const pools = await entitlementAvailability(db, await entitlementsToday(db, productIds));
  return demands.map((demand) => {
    const entitlements = pools
      .filter(({ entitlement }) => entitlement.productId === demand.thing?.id)
      .map((pool) => ({ id: pool.entitlement.id, name: pool.entitlement.name, free: freeByContract(pool) }));
    const free = demand.thing && {
      ordinary: entitlements.reduce((sum, pool) => sum + pool.free.ordinary, 0),
      withReserve: entitlements.reduce((sum, pool) => sum + pool.free.withReserve, 0),
    };
    return { ...demand, verdict: verdictOf(demand, free, 'product'), free: free ?? NOTHING, entitlements };
  });
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
