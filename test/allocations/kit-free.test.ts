import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partAvailability } from '../../src/allocations/availability.queries.ts';
import { type CountedPlace, ordinarilyFree } from '../../src/allocations/availability.ts';
import { freeParts } from '../../src/allocations/free.queries.ts';
import type { Headroom } from '../../src/allocations/pick-pool.ts';
import type { Queryable } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

describe('what is free above the floors', () => {
  /** A tree of floors: each lies in the one that it names, or in the whole; places lie in one floor or in none. */
  const trees = fc.record({
    total: fc.option(fc.integer({ min: -2, max: 12 })),
    floors: fc.array(fc.record({ headroom: fc.integer({ min: -2, max: 8 }), parent: fc.nat(3) }), { maxLength: 4 }),
    places: fc.array(fc.record({ pieces: fc.nat(5), floor: fc.nat(4) }), { maxLength: 5 }),
  });

  test('is the most that any way of taking can take', () => {
    fc.assert(
      fc.property(trees, ({ total, floors, places }) => {
        const chainOf = (index: number): string[] => {
          const floor = floors[index];
          if (!floor) return [];
          return [`f${index}`, ...(floor.parent < index ? chainOf(floor.parent) : [])];
        };
        const headrooms: Headroom[] = [
          ...(total === null ? [] : [{ locationId: null, pieces: total }]),
          ...floors.map(({ headroom }, index) => ({ locationId: `f${index}`, pieces: headroom })),
        ];
        const counted = places.map(({ pieces, floor }, index) => ({
          location: { id: `${index}`, code: `${index}` },
          onHand: pieces,
          usable: pieces,
          free: pieces,
          zones: chainOf(floor),
        }));
        expect(ordinarilyFree(counted, headrooms)).toBe(most(counted, headrooms));
      }),
      { numRuns: scaled(500) },
    );
  });

  /** Tries every number of pieces from every place. */
  function most(places: readonly CountedPlace[], headrooms: readonly Headroom[]): number {
    const take = (index: number, left: ReadonlyMap<string | null, number>): number => {
      const place = places[index];
      if (!place) return 0;
      let best = 0;
      for (let taken = 0; taken <= place.free; taken += 1) {
        const after = new Map(left);
        for (const floor of [null, ...place.zones]) {
          const before = after.get(floor);
          if (before !== undefined) after.set(floor, before - taken);
        }
        const isAllowed = taken === 0 || [null, ...place.zones].every((floor) => (after.get(floor) ?? 0) >= 0);
        if (isAllowed) best = Math.max(best, taken + take(index + 1, after));
      }
      return best;
    };
    return take(0, new Map(headrooms.map(({ locationId, pieces }) => [locationId, pieces])));
  }
});

describe('what is free of a part', () => {
  test('is what check-outs can take, one after the other, and not one more', async () => {
    const [site, other] = [await counter.site(), await counter.site()];
    const room = await counter.room(site);
    const partId = await counter.part({ emergency_reserve: 2 });
    await counter.units(partId, site, 2);
    await counter.units(partId, room, 3);
    await counter.units(partId, other, 2);
    for (const [place, quantity] of [
      [site, 3],
      [room, 1],
    ] as const) {
      await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, $3)', [
        partId,
        place,
        quantity,
      ]);
    }
    const [whole] = await partAvailability(database.db, [partId]);
    expect(whole).toMatchObject({ freeWithoutReserve: 4, freeWithReserve: 7 });
    const free = (await freeParts(database.db, [partId], 1)).get(partId);
    expect(free).toMatchObject({ ordinary: 4, withReserve: 7, isAtLeast: false });
    expect(free?.places).toEqual(
      whole?.places.map((place) => ({
        location: place.location,
        ordinary: place.freeWithoutReserve,
        withReserve: place.free,
      })),
    );
    for (let taken = 0; taken < 4; taken += 1) await counter.checkout([{ partId, quantity: 1 }]);
    await expect(counter.checkout([{ partId, quantity: 1 }])).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('is read along indexes', async () => {
    await database.db.transaction(async (tx) => {
      await tx.execute('SET LOCAL enable_seqscan = off');
      const plans: string[] = [];
      const explaining: Queryable = {
        rows: async <Row>(sql: string, parameters?: readonly unknown[]) => {
          const lines = await tx.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters);
          plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
          return [] as Row[];
        },
        execute: tx.execute,
        repository: tx.repository,
      };
      await partAvailability(explaining, [newId()]);
      await freeParts(explaining, [newId()], 1);
      expect(plans).toHaveLength(2);
      for (const plan of plans) {
        expect(plan).not.toContain('Seq Scan');
        expect(plan).toMatch(/Index.*unit/);
        expect(plan).toMatch(/allocation_line_unit_window|allocation_line_held_unit/);
      }
    });
  });
});
