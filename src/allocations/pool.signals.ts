import type { Queryable } from '../database/database.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import { entitlementAvailability, partAvailability } from './availability.queries.ts';
import { overdueAllocations } from './overdue.queries.ts';
import { entitlementsInUse, partsWithReserve } from './pool-signals.queries.ts';

/** Parts or entitlements that are counted in one go. */
const BATCH = 300;

/** What the pool of spares and seats has to say before something is missing. */
export const poolSignals = (): Signal[] => [
  {
    name: 'pool.reserve-margin',
    title: 'Pieces of a part that are free beyond what is kept for emergencies; below 0 the reserve is not covered',
    unit: 'pieces',
    everySeconds: 600,
    read: ({ db }) =>
      inBatches(
        (after) => partsWithReserve(db, after, BATCH),
        (ids) => reserveMargins(db, ids),
      ),
  },
  {
    name: 'licence.seats-used',
    title: 'Seats of an entitlement that are in use or promised, of those that it gives',
    unit: 'percent',
    everySeconds: 600,
    read: ({ db }) =>
      inBatches(
        (after) => entitlementsInUse(db, after, BATCH),
        (ids) => seatsUsed(db, ids),
      ),
  },
  {
    name: 'allocation.overdue',
    title: 'For how long the check-out has been overdue that should have come back first',
    unit: 'days',
    read: async ({ db }) =>
      (await overdueAllocations(db)).map(({ id, name, serviceId, days }) => ({
        subject: { kind: 'allocation', id, name },
        serviceId,
        value: days,
      })),
  },
];

async function inBatches(
  idsAfter: (after: string | null) => Promise<string[]>,
  readingsOf: (ids: readonly string[]) => Promise<SignalReading[]>,
): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  let after: string | null = null;
  do {
    const ids: string[] = await idsAfter(after);
    readings.push(...(await readingsOf(ids)));
    after = ids.length === BATCH ? (ids.at(-1) ?? null) : null;
  } while (after !== null);
  return readings;
}

async function reserveMargins(db: Queryable, ids: readonly string[]): Promise<SignalReading[]> {
  return (await partAvailability(db, ids)).map(({ part, freeWithReserve, reserve }) => ({
    subject: { kind: 'part', id: part.id, name: `${part.manufacturer} ${part.partNumber}` },
    serviceId: null,
    value: freeWithReserve - reserve,
  }));
}

async function seatsUsed(db: Queryable, ids: readonly string[]): Promise<SignalReading[]> {
  const found = await entitlementAvailability(db, ids);
  return found.flatMap(({ entitlement, seats, usedPeak }) => {
    // Before its first and after its last day it gives none: what ends has a signal of its own.
    if (seats === 0) return [];
    const subject = { kind: 'entitlement', id: entitlement.id, name: `${entitlement.product}: ${entitlement.name}` };
    return [{ subject, serviceId: null, value: (usedPeak / seats) * 100 }];
  });
}
