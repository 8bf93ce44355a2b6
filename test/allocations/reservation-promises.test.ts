import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

interface Window {
  readonly from: number;
  readonly until: number;
}

const window = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }))
  .map(([from, length]): Window => ({ from, until: from + length }));

const request = fc.record({ window, named: fc.option(fc.nat(2), { freq: 3 }) });

const overlap = (a: Window, b: Window) => a.from < b.until && b.from < a.until;

/** Whether every window can have a unit of its own; a named one has to have that one. */
function possible(units: readonly string[], promised: readonly { window: Window; unitId: string | null }[]): boolean {
  const given: { unitId: string; window: Window }[] = [];
  const place = (index: number): boolean => {
    const next = promised[index];
    if (!next) return true;
    return (next.unitId === null ? units : [next.unitId]).some((unitId) => {
      if (given.some((other) => other.unitId === unitId && overlap(other.window, next.window))) return false;
      given.push({ unitId, window: next.window });
      const done = place(index + 1);
      given.pop();
      return done;
    });
  };
  return place(0);
}

// Named ones first makes the brute force quick; the order does not matter to what is possible.
const namedFirst = <Promised extends { unitId: string | null }>(promised: readonly Promised[]) =>
  promised.toSorted((a, b) => Number(a.unitId === null) - Number(b.unitId === null));

test('a window is promised exactly when some way of giving out the units keeps every promise, and all are kept', async () => {
  const base = Date.now();
  const at = (hours: number) => new Date(base + hours * 3_600_000).toISOString();
  const holder = await counter.holder();
  let refusals = 0;
  let moves = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 6, maxLength: 14 }), async (requests) => {
      const partId = await counter.part();
      const units = await counter.units(partId, await counter.site(), 3);
      const promised: { window: Window; unitId: string | null }[] = [];
      for (const { window: asked, named } of requests) {
        const unitId = named === null ? null : (units[named] ?? null);
        const wish = { window: asked, unitId };
        const outcome = await counter
          .allocate({
            form: 'reservation',
            purpose: 'loan',
            holder,
            pickupGraceMinutes: 60,
            window: { from: at(asked.from), until: at(asked.until) },
            lines: [unitId === null ? { partId, quantity: 1 } : { unitId }],
          })
          .catch((thrown: unknown) => {
            if (thrown instanceof AppError && thrown.kind === 'conflict') return undefined;
            throw thrown;
          });
        expect(outcome !== undefined).toBe(possible(units, namedFirst([...promised, wish])));
        if (outcome) promised.push(wish);
        else refusals += 1;
      }
      const lines = await database.db.rows<{ unit_id: string; from: string; until: string; pinned: boolean }>(
        `SELECT unit_id, pinned, round(extract(epoch FROM lower(during) - $2::timestamptz) / 3600)::int AS "from",
                round(extract(epoch FROM upper(during) - $2::timestamptz) / 3600)::int AS "until"
         FROM allocation_line WHERE part_id = $1 AND state = 'held'`,
        [partId, at(0)],
      );
      const shape = (from: number, until: number, unitId: string | null) => `${from}-${until} ${unitId ?? 'any'}`;
      expect(
        lines.map((line) => shape(Number(line.from), Number(line.until), line.pinned ? line.unit_id : null)).toSorted(),
      ).toEqual(promised.map(({ window: { from, until }, unitId }) => shape(from, until, unitId)).toSorted());
      const [counted] = await database.db.rows<{ moves: string }>(
        `SELECT count(*) AS moves FROM audit_entry WHERE details ? 'reassigned'`,
      );
      moves = Number(counted?.moves);
    }),
    { numRuns: scaled(25) },
  );
  expect(refusals).toBeGreaterThan(10);
  expect(moves).toBeGreaterThan(5);
}, 120_000);
