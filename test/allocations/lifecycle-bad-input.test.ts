import { expect, test } from 'vitest';
import { allocationListRoutes } from '../../src/allocations/allocation-list.routes.ts';
import { lifecycleRoutes } from '../../src/allocations/lifecycle.routes.ts';
import { scanRoutes } from '../../src/allocations/scan.routes.ts';
import { sendBadInput } from '../http/bad-input.ts';
import { makeCaller } from '../http/support.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, site } = cast;

test('bad input at every route is refused with a problem that names the field, never a 5xx', {
  timeout: 120_000,
}, async () => {
  const partId = await shelf.part();
  const units = await shelf.units(partId, site.id, 4);
  const line = (index: number) => ({ kind: 'unit', part_id: partId, unit_id: units[index] ?? '' }) as const;
  const reservation = { form: 'reservation', fromHours: -1, untilHours: 5 } as const;
  const tag = 'A-0077';
  await shelf.unit(partId, site.id, { asset_tag: tag });
  const known = new Map<string, Record<string, string>>([
    ['checkouts', { id: (await cast.checkOut([{ unitId: units[0] }])).id }],
    ['holds', { id: (await cast.promise([line(1)])).id }],
    ['reservations', { id: (await cast.promise([line(2)], reservation)).id }],
    ['units', { id: units[3] ?? '' }],
    ['scan', { code: tag }],
  ]);
  const powerless = await makeCaller(cast.database.db, 'powerless', []);
  const ids = { allowed: cast.server.admin.bearer, powerless: powerless.bearer };
  const routes = [...lifecycleRoutes(), ...allocationListRoutes(), ...scanRoutes()];
  const failures: string[] = [];
  let sent = 0;
  for (const [group, ofGroup] of Map.groupBy(routes, (route) => route.path.split('/')[1] ?? '')) {
    const run = await sendBadInput(cast.server.app, ofGroup, ids, known.get(group));
    failures.push(...run.failures);
    sent += run.sent;
  }
  expect(failures).toEqual([]);
  expect(sent).toBeGreaterThan(routes.length * 20);
});
