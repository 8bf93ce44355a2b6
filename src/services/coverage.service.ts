import type { Temporal } from 'temporal-polyfill';
import { freeParts } from '../allocations/free.queries.ts';
import type { Queryable } from '../database/database.ts';
import { type FitCandidate, resolveSubstitutes } from '../inventory/fit.queries.ts';
import { partRefs } from '../inventory/part.queries.ts';
import type { PartRef } from '../inventory/part.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { databaseNow, type StatedRequirements, servicesBelow, statedRequirements } from './coverage.queries.ts';
import type { Free } from './coverage.ts';
import { type CoveredSpare, type PoolCoverage, poolCoverage, textsOf } from './pool-coverage.ts';
import { serviceById } from './service.queries.ts';
import type { FindSkilled } from './skill-coverage.ts';

/** A part that could stand in for a required one. It does not count in any verdict: somebody has to decide for it. */
export interface Substitute extends Pick<FitCandidate, 'quantityPerDevice' | 'conditions'> {
  readonly part: PartRef;
  readonly free: Free;
  /** True when the same services need this part itself too. */
  readonly isRequiredToo: boolean;
}

export interface SubstitutedSpare extends CoveredSpare {
  /** Looked for where the part itself does not cover the need without the reserve. */
  readonly substitutes: readonly Substitute[];
}

/** What a service's recovery needs against what is there at one moment. */
export interface Coverage extends PoolCoverage {
  readonly service: { readonly id: string; readonly name: string };
  /** Whose requirements count: the service, and on request everything that it depends on. */
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly checkedAt: Temporal.Instant;
  readonly spares: readonly SubstitutedSpare[];
}

/** More different names than a recovery can name; a graph of services beyond it is asked about service by service. */
const TEXTS_MAX = 500;

/**
 * Holds the requirements of a service against the pool, as `poolCoverage` does; with its dependencies all of them together draw
 * on one pool.
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
  requireBounded(stated);
  const [covered] = await poolCoverage(db, [stated], { atMs: checkedAt.epochMilliseconds, findSkilled });
  if (!covered) throw new Error('One group of requirements has one coverage');
  const spares = await withSubstitutes(db, covered.spares);
  return { ...covered, service: { id, name: service.name }, services, checkedAt, spares };
}

function requireBounded({ spares, seats }: StatedRequirements): void {
  for (const count of [textsOf(spares).length, textsOf(seats).length]) {
    if (count <= TEXTS_MAX) continue;
    throw new AppError(
      'unprocessable',
      'too-many-requirements',
      `These services name ${count} different things together, and at most ${TEXTS_MAX} are held against the pool at once: ask without dependencies`,
    );
  }
}

async function withSubstitutes(db: Queryable, covered: readonly CoveredSpare[]): Promise<SubstitutedSpare[]> {
  const required = new Set(covered.flatMap(({ thing }) => (thing ? [thing.id] : [])));
  const spares: SubstitutedSpare[] = [];
  for (const spare of covered) {
    const { thing, verdict } = spare;
    const substitutes = thing && verdict !== 'covered' ? await substitutesFor(db, thing.id, required) : [];
    spares.push({ ...spare, substitutes });
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
