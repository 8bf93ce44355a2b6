import { allocate } from '../../src/allocations/allocate.service.ts';
import type { AllocationWish } from '../../src/allocations/checkout-request.ts';
import type { Caller } from '../../src/auth/caller.ts';
import type { Tx } from '../../src/database/database.ts';
import { makeCaller } from '../people/cast.ts';
import type { TestDatabase } from '../support/database.ts';
import { shelfOf } from './shelf.ts';

type Lines = AllocationWish['lines'];
type More = Partial<Omit<AllocationWish, 'form' | 'lines'>>;

// One for the whole file, so that windows can touch each other to the millisecond.
const startedAtMs = Date.now();

/** An instant so many hours after the file's tests began, as a wish states it. */
export const inHours = (hours: number) => new Date(startedAtMs + hours * 3_600_000).toISOString();

/** The counter of the pool: one caller of every permission, one person who has what is handed out, and a full shelf. */
export function counterOf(database: TestDatabase) {
  let made: { caller: Promise<Caller>; holder: Promise<Caller> } | undefined;
  const cast = () => {
    made ??= { caller: makeCaller(database.db), holder: makeCaller(database.db, { kind: 'person', roles: [] }) };
    return made;
  };
  const holderOf = async () => ({ kind: 'person' as const, id: (await cast().holder).principal.id });
  const carryOut = async (wish: AllocationWish, by?: Caller) => {
    const caller = by ?? (await cast().caller);
    return database.db.transaction((tx: Tx) => allocate(tx, caller, wish));
  };
  return {
    ...shelfOf(database),
    caller: () => cast().caller,
    holder: holderOf,
    allocate: carryOut,
    checkout: async (lines: Lines, more: More & { dueAt?: string } = {}, by?: Caller) =>
      carryOut({ form: 'checkout', purpose: 'loan', holder: await holderOf(), ...more, lines }, by),
    holdFor: async (hours: number, lines: Lines, more: More = {}, by?: Caller) =>
      carryOut(
        { form: 'hold', purpose: 'loan', holder: await holderOf(), ...more, expiresAt: inHours(hours), lines },
        by,
      ),
    /** A reservation from so many hours ahead until so many hours ahead. */
    reserve: async ([from, until]: readonly [number, number], lines: Lines, more: More = {}, by?: Caller) =>
      carryOut(
        {
          form: 'reservation',
          purpose: 'loan',
          holder: await holderOf(),
          pickupGraceMinutes: 60,
          ...more,
          window: { from: inHours(from), until: inHours(until) },
          lines,
        },
        by,
      ),
  };
}
