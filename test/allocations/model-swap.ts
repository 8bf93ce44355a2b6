import fc from 'fast-check';
import { deploy } from '../../src/allocations/deploy.service.ts';
import { handOver } from '../../src/allocations/hand-over.service.ts';
import { openRepair } from '../../src/inventory/repair.service.ts';
import { closeRepair } from '../../src/inventory/repair-end.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import type { Bench } from './model-driver.ts';

const which = fc.nat({ max: 20 });

/** What happens to units in the field: swapped, sent to repair and back, in other hands. */
export const swapStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deploy' as const),
      which,
      failed: fc.constantFrom('nothing' as const, 'a stranger' as const, 'one of ours' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('send to repair' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end repair' as const),
      which,
      outcome: fc.constantFrom('repaired' as const, 'not-repairable' as const, 'lost' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hand over' as const), which }) },
);
export type SwapStep = typeof swapStep extends fc.Arbitrary<infer Each> ? Each : never;
type Doing<Name extends SwapStep['do']> = Extract<SwapStep, { do: Name }>;

const pick = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];

/** Does it, on the service of the test. Units in `damaged` lie in quarantine until they were repaired. */
export async function swap(bench: Bench, each: SwapStep, serviceId: string, damaged: Set<string>): Promise<void> {
  switch (each.do) {
    case 'deploy':
      return deployOne(bench, each, serviceId, damaged);
    case 'send to repair':
      return sendOne(bench, each);
    case 'end repair':
      return endOne(bench, each, damaged);
    case 'hand over':
      return handOverOne(bench, each);
  }
}

async function deployOne(
  bench: Bench,
  { which: index, failed }: Doing<'deploy'>,
  serviceId: string,
  damaged: Set<string>,
): Promise<void> {
  const { model, caller, database } = bench;
  const line = pick(
    model.lines.filter(({ kind, state }) => kind === 'unit' && state === 'issued'),
    index,
  );
  if (!line) return;
  const known = pick(
    [...model.units.keys()].filter((id) => id !== line.at),
    index,
  );
  const isKnown = failed === 'one of ours' && known !== undefined;
  const serial = isKnown ? await serialOf(bench, known) : `X-${newId()}`;
  // A unit of ours has failed only where it was at work.
  const granted = failed === 'nothing' || !isKnown || model.units.get(known ?? '') === 'deployed';
  const what = failed === 'nothing' ? {} : { failed: { unit: serial, partId: bench.partId } };
  const target = { id: line.allocationId, form: 'checkout' as const };
  const done = await bench.expect(
    `deploy ${line.at} in place of ${failed === 'nothing' ? failed : serial}`,
    granted,
    (tx) => deploy(tx, caller, target, { lineId: line.id, serviceId, replenish: false, ...what }),
  );
  if (!done) return;
  line.state = 'deployed';
  model.units.set(line.at, 'deployed');
  const out = done.deployment.failed;
  if (out) model.units.set(out.unitId, 'in_repair');
  // What nobody knew before came into the register because it had failed.
  if (out?.isNew) damaged.add(out.unitId);
  if ((out?.isNew ?? false) !== (failed !== 'nothing' && !isKnown))
    throw new Error('what failed was known, or was not');
  const [open] = await database.db.rows<{ open: string }>(
    'SELECT count(*) AS open FROM repair WHERE unit_id = $1 AND closed_at IS NULL',
    [out?.unitId ?? null],
  );
  if (out && open?.open !== '1') throw new Error('no repair was opened');
}

async function serialOf(bench: Bench, unitId: string): Promise<string> {
  const [unit] = await bench.database.db.rows<{ serial: string }>('SELECT serial FROM unit WHERE id = $1', [unitId]);
  return unit?.serial ?? '';
}

async function sendOne(bench: Bench, { which: index }: Doing<'send to repair'>): Promise<void> {
  const unitId = pick([...bench.model.units.keys()], index);
  if (!unitId) return;
  const state = bench.model.units.get(unitId) ?? '';
  const granted = ['in_stock', 'quarantined', 'deployed'].includes(state);
  const done = await bench.expect(`send ${unitId}, which is ${state}, to repair`, granted, (tx) =>
    openRepair(tx, bench.caller, { unitId }),
  );
  if (done) bench.model.units.set(unitId, 'in_repair');
}

async function endOne(
  bench: Bench,
  { which: index, outcome }: Doing<'end repair'>,
  damaged: Set<string>,
): Promise<void> {
  const away = [...bench.model.units].filter(([, state]) => state === 'in_repair').map(([id]) => id);
  const unitId = pick(away, index);
  if (!unitId) return;
  const [repair] = await bench.database.db.rows<{ id: string; version: number }>(
    'SELECT id, version FROM repair WHERE unit_id = $1 AND closed_at IS NULL',
    [unitId],
  );
  if (!repair) throw new Error(`${unitId} is in repair, and no repair is open`);
  const back = { outcome: 'repaired', condition: 'good', locationId: bench.site, isQuarantined: false } as const;
  const end = outcome === 'repaired' ? back : { outcome };
  await bench.expect(`repair of ${unitId}: ${outcome}`, true, (tx) =>
    closeRepair(tx, bench.caller, { id: repair.id, expectedVersion: repair.version }, end),
  );
  bench.model.units.set(unitId, { repaired: 'in_stock', 'not-repairable': 'retired', lost: 'lost' }[outcome]);
  if (outcome === 'repaired') damaged.delete(unitId);
}

async function handOverOne(bench: Bench, { which: index }: Doing<'hand over'>): Promise<void> {
  const line = pick(bench.model.lines, index);
  if (!line) return;
  const isLive = bench.model.lines.some(
    ({ allocationId, state }) => allocationId === line.allocationId && ['held', 'issued'].includes(state),
  );
  const { principal } = await makeCaller(bench.database.db);
  const holder = { kind: 'team' as const, id: principal.id };
  await bench.expect(`hand ${line.allocationId} over`, isLive, (tx) =>
    handOver(tx, bench.caller, { id: line.allocationId }, { holder }),
  );
}
