import { Temporal } from 'temporal-polyfill';
import { entitlementAvailability, partAvailability } from '../../allocations/availability.queries.ts';
import type { PartAvailability } from '../../allocations/availability.ts';
import { entitlementsToday } from '../../allocations/entitlements-today.queries.ts';
import { freeParts } from '../../allocations/free.queries.ts';
import type { KitLine } from '../../allocations/kit.ts';
import { type KitFit, serveKit } from '../../allocations/kit-count.ts';
import { poolHolders } from '../../allocations/pool-holder.queries.ts';
import { holdersSentences, type PoolHolder, unusableSentences } from '../../allocations/refusal.ts';
import { backupSetById } from '../../backups/backup-set.queries.ts';
import { type SetStatus, statusOfSets } from '../../backups/set-status.queries.ts';
import type { Queryable } from '../../database/database.ts';
import { databaseNowMs } from '../../database/now.ts';
import { resolveFits } from '../../inventory/fit.queries.ts';
import { freeByContract } from '../../services/pool-coverage.ts';
import { type DutyRoster, dutyRoster, type RosterMemo } from '../routing/duty-roster.ts';
import {
  backupNeed,
  type CountedNeed,
  countedNeed,
  type FoundNeeds,
  type PlanReadiness,
  readinessOf,
  roleNeed,
  rolesOfSteps,
} from './plan-readiness.ts';
import type { ResponsePlan } from './response-plan.ts';

/** A plan and the service that it is looked at for; null: none in particular. */
export interface AskedPlan {
  readonly plan: ResponsePlan;
  readonly service: { readonly id: string; readonly name: string } | null;
}

/**
 * Holds plans against what is there at this moment, each by itself, with the rights of an emergency: the reserve counts. The
 * number of statements does not grow with the plans, but with the things, rotas and services that they name.
 * @param atMs at which instant roles and the age of backups are judged, in milliseconds since 1970: now, unless stated. What lies
 *   in stock is counted now in any case.
 * @param known what was looked up of roles at that instant before.
 */
export async function planReadiness(
  db: Queryable,
  asked: readonly AskedPlan[],
  atMs?: number,
  known?: RosterMemo,
): Promise<PlanReadiness[]> {
  const nowMs = atMs ?? (await databaseNowMs(db));
  const checkedAt = Temporal.Instant.fromEpochMilliseconds(nowMs);
  const plans = asked.map(({ plan }) => plan);
  const supply = await supplyOf(db, plans);
  const sets = await setsOf(db, plans);
  const roster = dutyRoster(db, nowMs, known);
  const short = await whereTheRestIs(db, plans, supply);
  const answers: PlanReadiness[] = [];
  for (const { plan, service } of asked) {
    const found: FoundNeeds = {
      roles: await rolesOf(roster, plan, service?.id ?? null),
      ...countsOf(plan, supply, short),
      backups: plan.backups.map((backup) => {
        const set = sets.get(backup.id);
        return backupNeed({ ...backup, isRetired: set?.isRetired ?? true }, set?.newestSoundAt ?? null, checkedAt);
      }),
    };
    answers.push(readinessOf(plan, service, checkedAt, found));
  }
  return answers;
}

async function rolesOf(roster: DutyRoster, plan: ResponsePlan, serviceId: string | null) {
  const needs = [];
  for (const need of rolesOfSteps(plan)) needs.push(roleNeed(need, await roster(need.role, serviceId)));
  return needs;
}

interface Supply {
  readonly pieces: Map<string, number>;
  readonly seats: Map<string, number>;
  readonly fits: Map<string, KitFit[]>;
  readonly entitlements: Map<string, string[]>;
}

/** What an emergency could have of everything that the plans name, counted as check-outs, kits and coverage count it. */
async function supplyOf(db: Queryable, plans: readonly ResponsePlan[]): Promise<Supply> {
  const fits = new Map<string, KitFit[]>();
  for (const id of idsOf(plans, 'device-model')) {
    // What fits under a condition only does not count: somebody has to decide for it.
    const candidates = (await resolveFits(db, id)).filter(({ conditions }) => conditions.length === 0);
    fits.set(
      id,
      candidates.map(({ partId, quantityPerDevice }) => ({ partId, quantityPerDevice })),
    );
  }
  const all = [...fits.values()].flat();
  const perDevice = Math.max(1, ...all.map(({ quantityPerDevice }) => quantityPerDevice));
  const largest = Math.max(0, ...plans.map(({ spares }) => spares.reduce((sum, { quantity }) => sum + quantity, 0)));
  const partIds = new Set([...idsOf(plans, 'part'), ...all.map(({ partId }) => partId)]);
  const free = await freeParts(db, [...partIds], largest * perDevice);
  const pools = await entitlementAvailability(
    db,
    await entitlementsToday(db, [...new Set(plans.flatMap(({ seats }) => seats.map(({ id }) => id)))]),
  );
  const byProduct = Map.groupBy(pools, ({ entitlement }) => entitlement.productId);
  const seatsFree = ([productId, group]: [string, typeof pools]) =>
    [productId, group.reduce((sum, pool) => sum + freeByContract(pool).withReserve, 0)] as const;
  return {
    pieces: new Map([...free].map(([id, part]) => [id, part.withReserve])),
    seats: new Map([...byProduct].map(seatsFree)),
    fits,
    entitlements: new Map([...byProduct].map(([id, group]) => [id, group.map(({ entitlement }) => entitlement.id)])),
  };
}

function idsOf(plans: readonly ResponsePlan[], kind: 'part' | 'device-model'): string[] {
  return [...new Set(plans.flatMap(({ spares }) => spares.filter((one) => one.kind === kind).map(({ id }) => id)))];
}

const linesOf = ({ spares, seats }: ResponsePlan): KitLine[] => [
  ...spares,
  ...seats.map(({ id, name, quantity }) => ({ kind: 'product' as const, id, name, quantity })),
];

function countsOf(plan: ResponsePlan, supply: Supply, rest: Rest): Pick<FoundNeeds, 'spares' | 'seats'> {
  const counted = serveKit(linesOf(plan), supply).map(({ line, needed, free }): CountedNeed => {
    const { id, name, kind } = line;
    return countedNeed({ id, name, kind, needed, available: free }, free < needed ? restOf(line, supply, rest) : []);
  });
  return {
    spares: counted.filter(({ kind }) => kind !== 'product'),
    seats: counted.filter(({ kind }) => kind === 'product'),
  };
}

/** Where pieces and seats are that are not free. */
interface Rest {
  readonly holders: ReadonlyMap<string, readonly PoolHolder[]>;
  readonly parts: ReadonlyMap<string, PartAvailability>;
}

/** Pools of one line that a reason looks at: the best fits of a failed device. */
const POOLS_OF_LINE_MAX = 3;

function poolsOf(line: KitLine, { fits, entitlements }: Supply): readonly string[] {
  if (line.kind === 'part') return [line.id];
  const pools = line.kind === 'product' ? entitlements.get(line.id) : fits.get(line.id)?.map(({ partId }) => partId);
  return (pools ?? []).slice(0, POOLS_OF_LINE_MAX);
}

/** Looked for only where something is short: it costs more than the count. */
async function whereTheRestIs(db: Queryable, plans: readonly ResponsePlan[], supply: Supply): Promise<Rest> {
  const short = plans.flatMap((plan) => serveKit(linesOf(plan), supply).filter((count) => count.short > 0));
  const pools = (isSeat: boolean) => [
    ...new Set(
      short.filter(({ line }) => (line.kind === 'product') === isSeat).flatMap(({ line }) => poolsOf(line, supply)),
    ),
  ];
  if (short.length === 0) return { holders: new Map(), parts: new Map() };
  const parts = await partAvailability(db, pools(false));
  return {
    holders: await poolHolders(db, pools(false), pools(true)),
    parts: new Map(parts.map((part) => [part.part.id, part])),
  };
}

function restOf(line: KitLine, supply: Supply, { holders, parts }: Rest): string[] {
  const pools = poolsOf(line, supply);
  if (line.kind === 'device-model' && pools.length === 0) return ['No part in use fits it without a condition'];
  if (line.kind === 'product' && pools.length === 0) return ['No entitlement gives seats of it today'];
  return [
    ...holdersSentences(pools.flatMap((id) => holders.get(id) ?? [])),
    ...pools.flatMap((id) => {
      const part = parts.get(id);
      return part ? unusableSentences(part) : [];
    }),
  ];
}

/** How the backup sets that the plans name stand, by id. */
async function setsOf(db: Queryable, plans: readonly ResponsePlan[]) {
  const ids = [...new Set(plans.flatMap(({ backups }) => backups.map(({ id }) => id)))];
  const sets = [];
  for (const id of ids) sets.push(await backupSetById(db, id));
  const status: ReadonlyMap<string, SetStatus> = sets.length === 0 ? new Map() : await statusOfSets(db, sets);
  return new Map(
    sets.map((set) => [
      set.id,
      {
        isRetired: set.retired !== undefined,
        newestSoundAt: status.get(set.id)?.newestSoundPoint?.takenAt ?? null,
      },
    ]),
  );
}
