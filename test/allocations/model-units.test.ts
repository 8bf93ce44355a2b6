import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Allocation } from '../../src/allocations/allocation.ts';
import { collect } from '../../src/allocations/collect.service.ts';
import { extend } from '../../src/allocations/extend.service.ts';
import { release } from '../../src/allocations/release.service.ts';
import { takeBack } from '../../src/allocations/return.service.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import * as movements from '../../src/inventory/movement.service.ts';
import { adjust } from '../../src/inventory/movement-adjust.service.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import type { Service } from '../../src/services/service.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { type ModelLine, peak, type Right, type Span } from './model.ts';
import { atHour, type Bench, benchesOf, type Form } from './model-driver.ts';
import { type SwapStep, swap, swapStep } from './model-swap.ts';
import { shelfOf } from './shelf.ts';

const database = useDatabase([ServiceEntity]);
const register = registerOf(database);
const begin = benchesOf(database);
const shelf = shelfOf(database);

const which = fc.nat({ max: 20 });
const hour = fc.integer({ min: 1, max: 6 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), fc.constant(undefined), arbitrary);

const take = fc.record({
  do: fc.constant('take' as const),
  form: fc.constantFrom<Form>('checkout', 'hold', 'reservation', 'reservation'),
  right: fc.constantFrom<Right>('ordinary', 'ordinary', 'ordinary', 'ordinary', 'drill', 'emergency'),
  units: fc.integer({ min: 1, max: 3 }),
  named: optional(which),
  from: hour,
  length: hour,
  isEndless: fc.boolean(),
});
const CONDITIONS = ['good', 'good', 'good', 'damaged', 'lost', 'consumed'] as const;
const step = fc.oneof(
  { weight: 5, arbitrary: swapStep },
  { weight: 8, arbitrary: take },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('collect' as const), which, due: optional(hour) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'expire' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), which, until: hour }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('return' as const), which, condition: fc.constantFrom(...CONDITIONS) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('quarantine' as const, 'put back' as const, 'lose' as const, 'find' as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('receive' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reserve' as const), units: fc.integer({ min: 0, max: 2 }) }) },
);
type Step = Exclude<typeof step extends fc.Arbitrary<infer Each> ? Each : never, SwapStep>;
type Doing<Name extends Step['do']> = Extract<Step, { do: Name }>;

const pick = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];
const overlap = (a: Span, b: Span) => a.from < b.until && b.from < a.until;
const damaged = new Set<string>();
let service: Service | undefined;

async function carryOut(bench: Bench, each: Step | SwapStep, serviceId: string): Promise<void> {
  switch (each.do) {
    case 'deploy':
    case 'send to repair':
    case 'end repair':
    case 'hand over':
      return swap(bench, each, serviceId, damaged);
    case 'take':
      return takeUnits(bench, each);
    case 'collect':
      return collectOne(bench, each);
    case 'release':
    case 'expire':
      return end(bench, each);
    case 'extend':
      return extendHold(bench, each);
    case 'return':
      return giveBack(bench, each);
    case 'quarantine':
    case 'put back':
    case 'lose':
    case 'find':
      return move(bench, each);
    case 'receive': {
      bench.history.push('receive a unit');
      bench.model.units.set(await shelf.unit(bench.partId, bench.site), 'in_stock');
      return;
    }
    case 'reserve': {
      bench.history.push(`reserve of ${each.units}`);
      await database.db.execute('UPDATE part SET emergency_reserve = $2 WHERE id = $1', [bench.partId, each.units]);
      bench.model.unitReserve = each.units;
    }
  }
}

async function takeUnits(
  bench: Bench,
  { form, right, units, named, from, length, isEndless }: Doing<'take'>,
): Promise<void> {
  const chosen = right === 'emergency' ? 'checkout' : right === 'drill' && form === 'checkout' ? 'hold' : form;
  const until = chosen === 'checkout' && isEndless ? Number.POSITIVE_INFINITY : length;
  const span = chosen === 'reservation' ? { from, until: from + length } : { from: 0, until };
  const unit = named === undefined ? undefined : pick([...bench.model.units.keys()], named);
  await bench.take(chosen, { span, right, pieces: 0, seats: 0, units: unit === undefined ? units : 1, unit });
}

function someHeld(bench: Bench, index: number): readonly ModelLine[] {
  const held = bench.model.held('unit');
  const one = pick(held, index);
  return held.filter(({ allocationId }) => allocationId === one?.allocationId);
}

/**
 * Whether units for these lines can be had for a span: surely not; surely, because each can stay on its own unit; or only
 * by moving something, which the service tries, but not in every way that there is.
 */
function room({ model }: Bench, lines: readonly ModelLine[], span: Span, isOut: boolean): boolean | 'either' {
  const usable = model.usableUnits();
  const isOrdinary = ({ isFromReserve, at }: ModelLine) => !isFromReserve && usable.includes(at);
  const rest = model.held('unit').filter((line) => !lines.includes(line));
  const left = usable.length - (isOut ? lines.length : 0);
  const counted = isOut ? rest : [...rest, ...lines.map((line) => ({ ...line, span }))];
  const touches = lines.some(({ isFromReserve }) => !isFromReserve) && model.unitReserve > 0;
  if (touches && left - peak(counted.filter(isOrdinary), span) < model.unitReserve) return isOut ? false : 'either';
  const stays = (line: ModelLine) =>
    usable.includes(line.at) && !rest.some((other) => other.at === line.at && overlap(other.span, span));
  if (lines.every(stays)) return true;
  const wanted = lines.map(({ at, isPinned }) => ({ span, only: isPinned ? at : undefined }));
  return model.fits(wanted, lines)
    ? 'either'
    : !isOut && lines.some(({ at }) => !usable.includes(at))
      ? 'either'
      : false;
}

async function collectOne(bench: Bench, { which: index, due }: Doing<'collect'>): Promise<void> {
  const lines = someHeld(bench, index);
  const [first] = lines;
  if (!first) return;
  const isHold = first.span.from === 0;
  const isOfDrill = first.purpose === 'drill' && lines.some(({ isFromReserve }) => isFromReserve);
  const span = { from: 0, until: due ?? Number.POSITIVE_INFINITY };
  const granted = isHold && !isOfDrill && room(bench, lines, span, true);
  const target = { id: first.allocationId, form: isHold ? ('hold' as const) : ('reservation' as const) };
  const dueAt = due === undefined ? {} : { dueAt: atHour(due) };
  const done = await bench.expect<Allocation>(
    `collect ${first.allocationId} until ${due ?? 'whenever'}`,
    granted,
    (tx) => collect(tx, bench.caller, target, dueAt),
  );
  if (!done) return;
  const unitOf = new Map(done.lines.map(({ id, unit }) => [id, unit?.id]));
  for (const line of lines) {
    Object.assign(line, { state: 'issued', span, isPinned: true, at: unitOf.get(line.id) });
    if (bench.model.units.get(line.at) !== 'in_stock')
      throw new Error(`${line.at} was handed out, which is ${bench.model.units.get(line.at)}`);
    bench.leaves(line, 1);
  }
}

async function end(bench: Bench, { do: how, which: index }: Doing<'release' | 'expire'>): Promise<void> {
  const lines = someHeld(bench, index);
  const [first] = lines;
  if (!first) return;
  if (how === 'release') {
    const form = first.span.from === 0 ? ('hold' as const) : ('reservation' as const);
    await bench.expect(`release ${first.allocationId}`, true, (tx) =>
      release(tx, bench.caller, { id: first.allocationId, form }, {}),
    );
  } else {
    bench.history.push(`${first.allocationId} expires`);
    const sql = `UPDATE allocation_line SET expires_at = clock_timestamp() WHERE allocation_id = $1 AND state = 'held'`;
    await database.db.execute(sql, [first.allocationId]);
  }
  for (const line of lines) line.state = how === 'release' ? 'released' : 'expired';
}

async function extendHold(bench: Bench, { which: index, until }: Doing<'extend'>): Promise<void> {
  const lines = someHeld(bench, index);
  const [first] = lines;
  if (first?.span.from !== 0) return;
  const span = { from: 0, until };
  const granted = until <= first.span.until || room(bench, lines, span, false);
  const target = { id: first.allocationId, form: 'hold' as const };
  const said = `extend ${first.allocationId} from ${first.span.until} to ${until}`;
  const done = await bench.expect(said, granted, (tx) =>
    extend(tx, bench.caller, target, { expiresAt: atHour(until) }),
  );
  if (done) for (const line of lines) line.span = span;
}

async function giveBack(bench: Bench, { which: index, condition }: Doing<'return'>): Promise<void> {
  const line = pick(
    bench.model.lines.filter(({ state }) => state === 'issued'),
    index,
  );
  if (!line) return;
  const target = { id: line.allocationId, form: 'checkout' as const };
  await bench.expect(`line ${line.id} comes back ${condition}`, true, (tx) =>
    takeBack(tx, bench.caller, target, { lines: [{ lineId: line.id, condition }] }),
  );
  line.state = condition === 'good' ? 'returned' : condition;
  const now = {
    good: damaged.has(line.at) ? 'quarantined' : 'in_stock',
    damaged: 'quarantined',
    lost: 'lost',
    consumed: 'retired',
  }[condition];
  bench.model.units.set(line.at, now);
  if (condition === 'damaged') damaged.add(line.at);
}

const WAYS = {
  quarantine: { from: ['in_stock'], to: 'quarantined' },
  'put back': { from: ['quarantined'], to: 'in_stock' },
  lose: { from: ['in_stock', 'quarantined', 'deployed'], to: 'lost' },
  find: { from: ['lost', 'deployed'], to: 'in_stock' },
} as const;

async function move(bench: Bench, { do: act, which: index }: Doing<keyof typeof WAYS>): Promise<void> {
  const { model, caller } = bench;
  const unitId = pick([...model.units.keys()], index);
  if (!unitId) return;
  const way = WAYS[act];
  const isDamaged = damaged.has(unitId);
  const granted =
    (way.from as readonly string[]).includes(model.units.get(unitId) ?? '') && !(act === 'put back' && isDamaged);
  const line = { kind: 'unit' as const, unitId };
  const done = await bench.expect(`${act} ${unitId}, which is ${model.units.get(unitId)}`, granted, (tx) => {
    if (act === 'quarantine') return movements.quarantine(tx, caller, { lines: [line], reason: 'looks odd' });
    if (act === 'put back') return movements.release(tx, caller, { lines: [line], reason: 'is fine' });
    if (act === 'lose') return adjust(tx, caller, { lines: [{ ...line, outcome: 'lost' }], reason: 'not there' });
    return adjust(tx, caller, {
      lines: [{ ...line, outcome: 'found', locationId: bench.site }],
      reason: 'was behind the rack',
    });
  });
  if (done) model.units.set(unitId, act === 'find' && isDamaged ? 'quarantined' : way.to);
}

const beginning = fc.record({ units: fc.integer({ min: 1, max: 4 }), unitReserve: fc.integer({ min: 0, max: 2 }) });

test(
  'after every step of a long history of units, ledger, register and model agree, and the same is refused',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        beginning,
        fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
        async (start, steps) => {
          const bench = await begin(start);
          service ??= await register.make();
          try {
            for (const each of steps) {
              await carryOut(bench, each, service.id);
              await bench.check();
            }
          } catch (thrown) {
            throw new Error(`${(thrown as Error).message}\n${bench.history.join('\n')}`, { cause: thrown });
          }
        },
      ),
      { numRuns: scaled(50), interruptAfterTimeLimit: scaled(1) * 40_000, markInterruptAsFailure: false },
    );
  },
  scaled(1) * 120_000,
);

test('the verifier of the ledger finds nothing in what all those histories left', async () => {
  expect(await verifyLedger({ db: database.db })).toMatchObject({ sound: true, findings: [] });
});
