import { describe, expect, test } from 'vitest';
import { noteExpiredHolds } from '../../src/allocations/reaper.service.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, site, get } = cast;
const reap = () => noteExpiredHolds(cast.database.db, new AbortController().signal);

/** A hold of one unit that has died; and the part. */
async function deadHold() {
  const partId = await shelf.part();
  const unitId = await shelf.unit(partId, site.id);
  const hold = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
    fromHours: -3,
    untilHours: -1,
  });
  return { partId, unitId, ...hold };
}

const stateOf = async (lineId: string) => {
  const [line] = await cast.database.db.rows<{ state: string }>('SELECT state FROM allocation_line WHERE id = $1', [
    lineId,
  ]);
  return line?.state;
};

describe.each([
  ['with the reaper stopped', false],
  ['after the reaper', true],
])('%s', (_, reaped) => {
  const prepared = async () => {
    const dead = await deadHold();
    if (reaped) await reap();
    return dead;
  };

  test('a dead hold reads as expired', async () => {
    const { id, partId, unitId } = await prepared();
    expect((await get(`/holds/${id}`)).body.lines[0].state).toBe('expired');
    expect((await get(`/holds?partId=${partId}`)).body.items).toEqual([]);
    expect((await get(`/units/${unitId}/allocations`)).body.items[0].state).toBe('expired');
    const { serial } = await cast.unitOf(unitId);
    const { body } = await get(`/scan/${serial}`);
    expect(body.matches[0].unit.lines).toEqual([]);
    expect(body.matches[0].actions[0].name).toBe('check-out');
  });

  test('what it kept is free at once', async () => {
    const { unitId } = await prepared();
    const out = await cast.checkOut([{ unitId }]);
    expect(out.lines[0].unit.id).toBe(unitId);
  });

  test('it can be neither collected, extended nor released', async () => {
    const { id, lineId } = await prepared();
    for (const [verb, body] of [
      ['collect', {}],
      ['extend', { expiresAt: '2099-01-01T00:00:00Z' }],
      ['extend', { expiresAt: '2099-01-01T00:00:00Z', lines: [lineId] }],
      ['release', {}],
      ['release', { lines: [lineId] }],
    ] as const) {
      const answer = await cast.change(`/holds/${id}/${verb}`, 1, body);
      expect([verb, answer.status, answer.body.code]).toEqual([verb, 409, 'hold-expired']);
      expect(answer.body.detail).toMatch(/expired at \d{4}-/);
    }
  });
});

describe('the reaper', () => {
  test('notes all dead holds, batch by batch, and leaves what lives alone', async () => {
    await reap();
    const alive = await deadHold();
    await cast.database.db.execute(`UPDATE allocation_line SET state = 'released', ended_at = now() WHERE id = $1`, [
      alive.lineId,
    ]);
    const living = await cast.promise([{ kind: 'unit', part_id: alive.partId, unit_id: alive.unitId }]);
    const partId = await shelf.part({ tracking: 'bulk' });
    const stockId = await shelf.stock(partId, site.id, 500);
    const line = { kind: 'stock', part_id: partId, stock_id: stockId } as const;
    // Of one pool: the first batch ends the others with it.
    await cast.promise(
      Array.from({ length: 60 }, () => line),
      { fromHours: -2, untilHours: -1 },
    );
    const others = await Promise.all(Array.from({ length: 55 }, deadHold));
    expect(await reap()).toBeGreaterThanOrEqual(100);
    expect(await stateOf(living.lineId)).toBe('held');
    for (const { lineId } of others) expect(await stateOf(lineId)).toBe('expired');
    const [left] = await cast.database.db.rows<{ count: string }>(
      `SELECT count(*) FROM allocation_line WHERE state = 'held' AND expires_at <= now()`,
    );
    expect(left?.count).toBe('0');
    expect(await reap()).toBe(0);
  });

  test('several at a time do no harm', async () => {
    const dead = await Promise.all(Array.from({ length: 20 }, deadHold));
    await Promise.all([reap(), reap(), reap()]);
    for (const { lineId } of dead) expect(await stateOf(lineId)).toBe('expired');
  });
});
