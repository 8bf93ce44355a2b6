import { beforeEach, describe, expect, test } from 'vitest';
import type { Allocation } from '../../src/allocations/allocation.ts';
import { rehouseStranded } from '../../src/allocations/rehouse.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

const rehouse = () => rehouseStranded(database.db, new AbortController().signal);
const unitOf = ({ lines }: Allocation) => lines[0]?.unit?.id ?? '';

async function unitNow({ id }: Allocation): Promise<string | undefined> {
  const [line] = await database.db.rows<{ unit_id: string }>(
    'SELECT unit_id FROM allocation_line WHERE allocation_id = $1',
    [id],
  );
  return line?.unit_id;
}

describe('a promise on a unit that cannot keep it', () => {
  let partId = '';
  let siteId = '';
  beforeEach(async () => {
    [partId, siteId] = [await counter.part(), await counter.site()];
  });

  const reservePart = async (from: number, until: number) =>
    (await counter.reserve([from, until], [{ partId, quantity: 1 }])).allocation;

  const lose = (unitId: string) =>
    database.db.execute(
      `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, reason) VALUES ($1, 'adjust', $2, $3, 'lost', 'x')`,
      [newId(), partId, unitId],
    );

  test('goes to another unit, and the trail says so', async () => {
    const units = await counter.units(partId, siteId, 2);
    const promised = await reservePart(10, 20);
    await lose(unitOf(promised));
    expect(await rehouse()).toEqual({ moved: 1, left: 0 });
    const other = units.find((id) => id !== unitOf(promised));
    expect(await unitNow(promised)).toBe(other);
    expect((await auditOf(database.db, 'allocation', promised.id)).at(-1)).toMatchObject({
      action: 'allocation.rehouse',
      details: { fromUnitId: unitOf(promised), toUnitId: other, reassigned: [] },
    });
    expect(await rehouse()).toEqual({ moved: 0, left: 0 });
  });

  test('goes where others make room for it', async () => {
    await counter.units(partId, siteId, 3);
    const promised = await reservePart(10, 20);
    const early = await reservePart(9, 12);
    // Which unit serves is the system's choice: a third one keeps the late one off the early one's unit, and leaves again.
    const between = await counter.reserve([12.5, 22], [{ unitId: unitOf(early) }]);
    const late = await reservePart(15, 21);
    await database.db.execute(
      `UPDATE allocation_line SET state = 'released', ended_at = now() WHERE allocation_id = $1`,
      [between.allocation.id],
    );
    expect(new Set([unitOf(promised), unitOf(early), unitOf(late)]).size).toBe(3);
    await lose(unitOf(promised));
    expect(await rehouse()).toEqual({ moved: 1, left: 0 });
    expect(await unitNow(early)).toBe(await unitNow(late));
    expect([unitOf(early), unitOf(late)]).toContain(await unitNow(promised));
  });

  test('stays where it is while no other unit is free, and goes when one comes', async () => {
    await counter.units(partId, siteId, 1);
    const promised = await reservePart(10, 20);
    await lose(unitOf(promised));
    expect(await rehouse()).toEqual({ moved: 0, left: 1 });
    const came = await counter.unit(partId, siteId);
    expect(await rehouse()).toEqual({ moved: 1, left: 0 });
    expect(await unitNow(promised)).toBe(came);
  });

  test('does not go onto the emergency reserve', async () => {
    await counter.units(partId, siteId, 2);
    const promised = await reservePart(10, 20);
    await lose(unitOf(promised));
    await database.db.execute('UPDATE part SET emergency_reserve = 1 WHERE id = $1', [partId]);
    expect(await rehouse()).toEqual({ moved: 0, left: 1 });
    expect(await unitNow(promised)).toBe(unitOf(promised));
    await database.db.execute('UPDATE part SET emergency_reserve = 0 WHERE id = $1', [partId]);
    expect(await rehouse()).toEqual({ moved: 1, left: 0 });
  });

  test('that names the unit stays with it, and so does one on a unit that is out until then', async () => {
    const [named] = await counter.units(partId, siteId, 2);
    await counter.reserve([10, 20], [{ unitId: named ?? '' }]);
    await lose(named ?? '');
    const later = await reservePart(10, 20);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const { allocation } = await counter.checkout([{ partId, quantity: 1 }], { dueAt: soon });
    expect(unitOf(allocation)).toBe(unitOf(later));
    expect(await rehouse()).toEqual({ moved: 0, left: 0 });
  });
});
