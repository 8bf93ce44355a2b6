import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from '../../src/allocations/collect.service.ts';
import { extend } from '../../src/allocations/extend.service.ts';
import { release } from '../../src/allocations/release.service.ts';
import { takeBack } from '../../src/allocations/return.service.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { quarantine, transfer } from '../../src/inventory/movement.service.ts';
import { adjust } from '../../src/inventory/movement-adjust.service.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { type ModelLine, peak, type Right } from './model.ts';
import { atHour, type Bench, benchesOf, type Form } from './model-driver.ts';
import { holds, promisesHold } from './model-promises.ts';

const database = useDatabase();
const begin = benchesOf(database);

const few = fc.integer({ min: 0, max: 5 });
const some = fc.integer({ min: 1, max: 5 });
const which = fc.nat({ max: 20 });
const hour = fc.integer({ min: 1, max: 6 });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      form: fc.constantFrom<Form>('checkout', 'hold', 'reservation'),
      right: fc.constantFrom<Right>('ordinary', 'ordinary', 'ordinary', 'drill', 'emergency'),
      pieces: few,
      row: fc.oneof(fc.constant(undefined), which),
      seats: few,
      from: hour,
      length: hour,
      isEndless: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), which, until: hour }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('return' as const),
      which,
      quantity: some,
      condition: fc.constantFrom('good', 'good', 'damaged', 'lost', 'consumed'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('adjust' as const), which, change: fc.integer({ min: -4, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('transfer' as const), which, quantity: some }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quarantine' as const), which, quantity: some }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reserve' as const), pieces: few, seats: few }) },
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;
type Doing<Name extends Step['do']> = Extract<Step, { do: Name }>;

const pick = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];

async function carryOut(bench: Bench, each: Step): Promise<void> {
  switch (each.do) {
    case 'take':
      return take(bench, each);
    case 'collect':
      return collectOne(bench, each);
    case 'release':
    case 'expire':
      return end(bench, each);
    case 'extend':
      return extendHold(bench, each);
    case 'return':
      return giveBack(bench, each);
    case 'adjust':
      return adjustRow(bench, each);
    case 'transfer':
      return transferPieces(bench, each);
    case 'quarantine':
      return quarantinePieces(bench, each);
    case 'reserve':
      return setReserves(bench, each);
  }
}

async function take(
  bench: Bench,
  { form, right, pieces, row, seats, from, length, isEndless }: Doing<'take'>,
): Promise<void> {
  if (pieces + seats === 0) return;
  // An emergency takes at once; a drill that rehearses one keeps things, in the reserve too.
  const chosen = right === 'emergency' ? 'checkout' : right === 'drill' && form === 'checkout' ? 'hold' : form;
  const span =
    chosen === 'reservation'
      ? { from, until: from + length }
      : { from: 0, until: chosen === 'checkout' && isEndless ? Number.POSITIVE_INFINITY : length };
  await bench.take(chosen, {
    span,
    right,
    pieces,
    row: row === undefined ? undefined : pick([...bench.model.rows.keys()], row),
    seats,
    units: 0,
  });
}

/** The lines of one allocation that are held and can be handed out now. */
function someHeld(bench: Bench, index: number): readonly ModelLine[] {
  const held = bench.model.lines.filter(({ state }) => state === 'held');
  const one = pick(held, index);
  return held.filter(({ allocationId }) => allocationId === one?.allocationId);
}

async function collectOne(bench: Bench, { which: index }: Doing<'collect'>): Promise<void> {
  const lines = someHeld(bench, index);
  const [first] = lines;
  if (!first) return;
  const isHold = first.span.from === 0;
  const span = { from: 0, until: Number.POSITIVE_INFINITY };
  const granted =
    isHold &&
    holds(bench, lines, span) &&
    !(first.purpose === 'drill' && lines.some(({ isFromReserve }) => isFromReserve));
  const target = { id: first.allocationId, form: isHold ? ('hold' as const) : ('reservation' as const) };
  const done = await bench.expect(`collect ${lines.length} lines of ${first.allocationId}`, granted, (tx) =>
    collect(tx, bench.caller, target, {}),
  );
  if (!done) return;
  for (const line of lines) {
    line.state = 'issued';
    line.span = span;
    bench.leaves(line, line.quantity);
  }
}

async function end(bench: Bench, each: Doing<'release'> | Doing<'expire'>): Promise<void> {
  const lines = someHeld(bench, each.which);
  const [first] = lines;
  if (!first) return;
  if (each.do === 'release') {
    const target = {
      id: first.allocationId,
      form: first.span.from === 0 ? ('hold' as const) : ('reservation' as const),
    };
    await bench.expect(`release ${first.allocationId}`, true, (tx) => release(tx, bench.caller, target, {}));
  } else {
    bench.history.push(`${first.allocationId} expires`);
    await bench.database.db.execute(
      `UPDATE allocation_line SET expires_at = clock_timestamp() WHERE allocation_id = $1 AND state = 'held'`,
      [first.allocationId],
    );
  }
  for (const line of lines) line.state = each.do === 'release' ? 'released' : 'expired';
}

async function extendHold(bench: Bench, { which: index, until }: Doing<'extend'>): Promise<void> {
  const lines = someHeld(bench, index);
  const [first] = lines;
  if (first?.span.from !== 0) return;
  const before = lines.map(({ span }) => span);
  const span = { from: 0, until };
  for (const line of lines) line.span = span;
  const granted = until <= (before[0]?.until ?? 0) || promisesHold(bench, lines, span);
  const target = { id: first.allocationId, form: 'hold' as const };
  const said = `extend ${first.allocationId} from ${before[0]?.until} to ${until}`;
  const change = { expiresAt: atHour(until) };
  const done = await bench.expect(said, granted, (tx) => extend(tx, bench.caller, target, change));
  if (!done) for (const [at, line] of lines.entries()) line.span = before[at] ?? span;
}

async function giveBack(bench: Bench, { which: index, quantity, condition: wanted }: Doing<'return'>): Promise<void> {
  const line = pick(
    bench.model.lines.filter(({ state }) => state === 'issued'),
    index,
  );
  if (!line) return;
  const condition = (line.kind === 'seat' ? 'good' : wanted) as 'good';
  const granted = quantity <= line.quantity;
  const done = await bench.expect(
    `${quantity} of ${line.quantity} of line ${line.id} come back ${condition}`,
    granted,
    (tx) =>
      takeBack(
        tx,
        bench.caller,
        { id: line.allocationId, form: 'checkout' },
        { lines: [{ lineId: line.id, quantity, condition }] },
      ),
  );
  if (!done) return;
  if (quantity === line.quantity)
    line.state = { good: 'returned', damaged: 'damaged', lost: 'lost', consumed: 'consumed' }[condition];
  else line.quantity -= quantity;
  if (line.kind !== 'stock') return;
  if (condition === 'good') bench.model.rows.set(line.at, (bench.model.rows.get(line.at) ?? 0) + quantity);
  if ((condition as string) === 'damaged') await noteQuarantined(bench, line.at, quantity);
}

/** The quarantined row beside a usable one has an id that the service gave it. */
async function noteQuarantined(bench: Bench, row: string, quantity: number): Promise<void> {
  const [beside] = await bench.database.db.rows<{ id: string }>(
    `SELECT q.id FROM stock s JOIN stock q ON (q.part_id, q.location_id, q.condition) = (s.part_id, s.location_id, 'quarantined') WHERE s.id = $1`,
    [row],
  );
  const id = beside?.id ?? 'no row';
  bench.model.quarantined.set(id, (bench.model.quarantined.get(id) ?? 0) + quantity);
}

async function adjustRow(bench: Bench, { which: index, change }: Doing<'adjust'>): Promise<void> {
  const stockId = pick([...bench.model.rows.keys()], index) ?? '';
  const after = (bench.model.rows.get(stockId) ?? 0) + change;
  if (change === 0) return;
  const done = await bench.expect(`adjust ${stockId} by ${change}`, after >= 0, (tx) =>
    adjust(tx, bench.caller, { lines: [{ kind: 'stock', stockId, change }], reason: 'counted' }),
  );
  if (done) bench.model.rows.set(stockId, after);
}

async function transferPieces(bench: Bench, { which: index, quantity }: Doing<'transfer'>): Promise<void> {
  const { model } = bench;
  const rows = [...model.rows.keys()];
  const from = pick(rows, index) ?? '';
  const to = rows.find((row) => row !== from) ?? '';
  const left = (model.rows.get(from) ?? 0) - quantity;
  const held = model.held('stock').filter(({ at }) => at === from);
  const granted = left >= 0 && left >= peak(held, { from: 0, until: Number.POSITIVE_INFINITY });
  const toLocationId = from === rows[0] ? bench.otherSite : bench.site;
  const done = await bench.expect(`transfer ${quantity} from ${from}`, granted, (tx) =>
    transfer(tx, bench.caller, { lines: [{ kind: 'stock', stockId: from, quantity, toLocationId }] }),
  );
  if (!done) return;
  model.rows.set(from, left);
  model.rows.set(to, (model.rows.get(to) ?? 0) + quantity);
}

async function quarantinePieces(bench: Bench, { which: index, quantity }: Doing<'quarantine'>): Promise<void> {
  const stockId = pick([...bench.model.rows.keys()], index) ?? '';
  const left = (bench.model.rows.get(stockId) ?? 0) - quantity;
  const done = await bench.expect(`quarantine ${quantity} of ${stockId}`, left >= 0, (tx) =>
    quarantine(tx, bench.caller, { lines: [{ kind: 'stock', stockId, quantity }], reason: 'looks odd' }),
  );
  if (!done) return;
  bench.model.rows.set(stockId, left);
  await noteQuarantined(bench, stockId, quantity);
}

async function setReserves(bench: Bench, { pieces, seats }: Doing<'reserve'>): Promise<void> {
  bench.history.push(`reserves ${pieces} pieces, ${seats} seats`);
  await bench.database.db.execute('UPDATE part SET emergency_reserve = $2 WHERE id = $1', [bench.bulkId, pieces]);
  await bench.database.db.execute('UPDATE entitlement SET emergency_reserve = $2 WHERE id = $1', [
    bench.entitlementId,
    seats,
  ]);
  bench.model.pieceReserve = pieces;
  bench.model.seatReserve = seats;
}

const beginning = fc.record({
  pieces: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
  seats: fc.integer({ min: 0, max: 25 }),
  pieceReserve: few,
  seatReserve: few,
});

test(
  'after every step of a long history of pieces and seats, ledger, stock and model agree, and the same is refused',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        beginning,
        fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
        async (start, steps) => {
          const bench = await begin(start);
          try {
            for (const each of steps) {
              await carryOut(bench, each);
              await bench.check();
            }
          } catch (thrown) {
            throw new Error(`${(thrown as Error).message}\n${bench.history.join('\n')}`, { cause: thrown });
          }
        },
      ),
      { numRuns: scaled(40), interruptAfterTimeLimit: scaled(1) * 40_000, markInterruptAsFailure: false },
    );
  },
  scaled(1) * 120_000,
);

test('the verifier of the ledger finds nothing in what all those histories left', async () => {
  expect(await verifyLedger({ db: database.db })).toMatchObject({ sound: true, findings: [] });
});
