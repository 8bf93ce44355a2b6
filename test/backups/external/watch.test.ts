import { describe, expect, test } from 'vitest';
import { tellUnsoundPoint } from '../../../src/backups/external/unsound-notice.ts';
import { tellStaleSets } from '../../../src/backups/external/watch.ts';
import { noticesOf } from '../../../src/notices/notice.queries.ts';
import { SOUND, useSetsWorld } from './support.ts';

const world = useSetsWorld();
const tell = () => tellStaleSets({ db: world.database.db }, new AbortController().signal);
const noticesTo = (readerId: string) => noticesOf(world.database.db, readerId, { unread: false, limit: 50 });
const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

describe('the owner of a set that is too old', () => {
  test('is told once for each slot that nothing came for', async () => {
    const ownerId = await world.owner();
    const schedule = { cron: '0 * * * *', graceSeconds: 0 };
    const set = await world.set({ ownerId, rpoSeconds: null, schedule });
    await world.database.db.execute(`UPDATE backup_set SET created_at = now() - interval '5 hours' WHERE id = $1`, [
      set.id,
    ]);
    await world.point(set, { taken_at: ago(3) });
    // Two processes at once, and a second round: a slot that falls due between them may be told as well.
    await Promise.all([tell(), tell()]);
    await tell();
    const told = await noticesTo(ownerId);
    const slots = told.map(({ details }) => details.slot);
    expect(new Set(slots).size).toBe(told.length);
    expect([1, 2]).toContain(told.length);
    expect(told[0]).toMatchObject({
      kind: 'backup-set.stale',
      subjectId: set.id,
      details: { reason: 'slot-missed' },
      summary: expect.stringContaining(`The backups of ${set.name} are too old`),
    });
  });

  test('is told once that the RPO is exceeded, and again when newer data becomes too old', async () => {
    const ownerId = await world.owner();
    const set = await world.set({ ownerId, rpoSeconds: 3600 });
    await world.point(set, { ...SOUND, taken_at: ago(5) });
    await tell();
    await tell();
    expect(await noticesTo(ownerId)).toMatchObject([{ details: { reason: 'rpo-exceeded' } }]);
    await world.point(set, { ...SOUND, taken_at: ago(2) });
    await tell();
    expect(await noticesTo(ownerId)).toHaveLength(2);
  });

  test('is not told of a new set before its RPO is over, nor of one that is retired or fresh', async () => {
    const ownerId = await world.owner();
    const empty = await world.set({ ownerId, rpoSeconds: 3600 });
    const retired = await world.set({ ownerId, rpoSeconds: 3600 });
    await world.point(retired, { ...SOUND, taken_at: ago(5) });
    await world.retire(`/backup-sets/${retired.id}`, 1);
    await world.point(await world.set({ ownerId }), SOUND);
    await tell();
    expect(await noticesTo(ownerId)).toEqual([]);
    await world.database.db.execute(`UPDATE backup_set SET created_at = now() - interval '2 hours' WHERE id = $1`, [
      empty.id,
    ]);
    await tell();
    await tell();
    expect(await noticesTo(ownerId)).toMatchObject([{ subjectId: empty.id, details: { reason: 'no-sound-point' } }]);
  });
});

describe('the owner of a point that is not sound', () => {
  const verdict = (of: 'damaged' | 'unverifiable' | 'sound', occasion: string) => ({
    verdict: of,
    because: 'Byte 17 is wrong.',
    occasion,
  });

  test('is told once for each occasion, and only when the verdict is a new one', async () => {
    const set = await world.set();
    const point = await world.point(set, SOUND);
    const say = (found: ReturnType<typeof verdict>, before = point) =>
      world.database.db.transaction((tx) => tellUnsoundPoint(tx, set, { point: before, ...found }));
    expect(await say(verdict('damaged', 'check 1'))).toBe(1);
    expect(await say(verdict('damaged', 'check 1'))).toBe(0);
    expect(await say(verdict('damaged', 'check 2'), { ...point, verdict: 'damaged' })).toBe(0);
    expect(await say(verdict('damaged', 'check 3'))).toBe(1);
    expect(await say(verdict('unverifiable', 'check 4'))).toBe(0);
    expect(await say(verdict('sound', 'check 5'), { ...point, verdict: 'damaged' })).toBe(0);
    const [notice] = await noticesTo(set.external?.owner.id ?? '');
    expect(notice?.summary).toBe(`${set.name}: the recovery point ${point.name} is damaged. Byte 17 is wrong.`);
  });

  test('is nobody for what Muster takes itself', async () => {
    const own = await world.ownSet();
    const point = await world.point(own, { method: 'base-backup' });
    const told = await world.database.db.transaction((tx) =>
      tellUnsoundPoint(tx, own, { point, ...verdict('damaged', 'check 1') }),
    );
    expect(told).toBe(0);
  });
});
