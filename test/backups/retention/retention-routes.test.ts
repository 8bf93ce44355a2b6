import supertest from 'supertest';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { holdRoutes } from '../../../src/backups/retention/hold.routes.ts';
import { retentionRoutes } from '../../../src/backups/retention/retention.routes.ts';
import { sendBadInput } from '../../http/bad-input.ts';
import { makeCaller } from '../../http/support.ts';
import { auditOf } from '../../people/cast.ts';
import { SOUND, useSetsWorld } from '../external/support.ts';

const world = useSetsWorld();

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const ahead = (days: number) =>
  Temporal.Now.instant()
    .round('second')
    .add({ hours: 24 * days })
    .toString();
const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';
const own = { own: true, method: 'base-backup' };
let taken = 0;
/** A name as Muster gives one. */
const ownName = () => {
  taken += 1;
  return `20261101T000000Z-${taken.toString(16).padStart(8, '0')}`;
};

interface Line {
  readonly pointId: string;
  readonly action: string;
  readonly reason: string;
}

describe('the policy of a set', () => {
  test('is changed field by field, for a set of Muster as of another tool, and the change is on record', async () => {
    for (const set of [await world.set(), await world.ownSet()]) {
      const path = `/backup-sets/${set.id}/retention`;
      const changed = await world.patch(path, 1, { minimumCopies: 3, daily: 7 });
      const policy = { minimumCopies: 3, hourly: 0, daily: 7, weekly: 0, monthly: 0, yearly: 0 };
      expect(changed).toMatchObject({ retention: policy, version: 2 });
      const again = await world.patch(path, 2, { daily: 0, yearly: 10_000 });
      expect(again).toMatchObject({ retention: { ...policy, daily: 0, yearly: 10_000 }, version: 3 });
      expect(await world.get(`/backup-sets/${set.id}`)).toEqual(again);
      expect((await backupSetById(world.database.db, set.id)).retention).toEqual(again.retention);
      const entries = await auditOf(world.database.db, 'backup-set', set.id);
      expect(entries.at(-1)).toMatchObject({
        action: 'backup-set.change-retention',
        details: { name: set.name, from: policy, to: again.retention },
      });
    }
  });

  test('is changed by whoever has read it, and no more once the set is retired', async () => {
    const set = await world.set();
    const path = `/backup-sets/${set.id}/retention`;
    expect(await world.patch(path, 9, { daily: 1 }, 412)).toMatchObject({ code: 'stale-backup-set' });
    expect(await world.patch(path, 1, { minimumCopies: 0 }, 400)).toMatchObject({
      fields: [{ field: '#/minimumCopies' }],
    });
    expect(await world.patch(path, 1, {}, 400)).toMatchObject({ code: expect.any(String) });
    await world.patch(`/backup-sets/${NOWHERE}/retention`, 1, { daily: 1 }, 404);
    await world.retire(`/backup-sets/${set.id}`, 1);
    expect(await world.patch(path, 2, { daily: 1 }, 409)).toMatchObject({ code: 'backup-set-retired' });
  });
});

describe('the plan of a set', () => {
  test('says of every point what becomes of it and why, and changes nothing', async () => {
    const set = await world.ownSet();
    await world.patch(`/backup-sets/${set.id}/retention`, 1, { minimumCopies: 1 });
    const point = (days: number, columns = {}) =>
      world.point(set, { ...SOUND, ...own, name: ownName(), taken_at: daysAgo(days), ...columns });
    const newest = await point(1);
    const held = await point(2);
    const old = await point(3);
    const going = await point(4, { state: 'deleting' });
    const stranger = await point(5, { own: false });
    await point(6, { state: 'deleted' });
    const until = ahead(30);
    await world.post(`/recovery-points/${held.id}/holds`, { reason: 'evidence', until });
    const { items, next } = await world.get(`/backup-sets/${set.id}/retention-plan`);
    expect(next).toBeNull();
    expect((items as Line[]).map(({ pointId, action, reason }) => [pointId, action, reason])).toEqual([
      [newest.id, 'keep', 'sound copy 1 of 1'],
      [held.id, 'keep', `held until ${until}: evidence`],
      [old.id, 'drop', '2 younger points are sound, 1 is kept'],
      [going.id, 'deleting', 'its removal was decided before'],
      [stranger.id, 'advise-drop', '3 younger points are sound, 1 is kept'],
    ]);
    for (const one of [newest, held, old, going, stranger]) expect(await world.refreshed(one)).toEqual(one);
  });

  test('is read page by page, also across the batches that it is made in, and while a page’s last point goes', async () => {
    const set = await world.ownSet();
    await world.database.db.execute(
      `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest,
                                   verdict, verdict_at, read_in_full_at)
       SELECT gen_random_uuid(), $1, $2, '20200101T000000Z-' || lpad(to_hex(n), 8, '0'), 'base-backup', true, at, at, 1,
              repeat('a', 64), 'sound', now(), now()
         FROM generate_series(1, 2300) n,
              LATERAL (SELECT timestamptz '2020-01-01' + n / 3 * interval '1 day' + n * interval '1 microsecond' AS at) days`,
      [set.id, set.repositoryId],
    );
    const seen: Line[] = [];
    let after = '';
    for (;;) {
      const page = await world.get(`/backup-sets/${set.id}/retention-plan?limit=200${after}`);
      seen.push(...(page.items as Line[]));
      if (page.next === null) break;
      after = `&after=${page.next}`;
      if (seen.length === 200) {
        await world.database.db.execute(`UPDATE recovery_point SET state = 'deleted' WHERE id = $1`, [
          seen.at(-1)?.pointId,
        ]);
      }
    }
    expect(new Set(seen.map(({ pointId }) => pointId)).size).toBe(2300);
    expect(seen.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 7 }, () => 'keep'),
      ...Array.from({ length: 2293 }, () => 'drop'),
    ]);
    // One of the younger ones was removed meanwhile.
    expect(seen.at(-1)?.reason).toBe('2298 younger points are sound, 7 are kept');
  });
});

describe('holds over the API', () => {
  const aPoint = async () => world.point(await world.set(), SOUND);

  test('are set with reason and end, listed newest first, and released with a reason', async () => {
    const point = await aPoint();
    const path = `/recovery-points/${point.id}/holds`;
    const [until, later] = [ahead(10), ahead(20)];
    const first = await world.post(path, { reason: 'audit of 2026', until });
    expect(first).toEqual({
      ...{ id: first.id, pointId: point.id, reason: 'audit of 2026', until, state: 'live', released: null },
      createdAt: expect.any(String),
      createdBy: { id: world.api.admin.principal.id, name: 'admin' },
    });
    const second = await world.post(path, { reason: 'incident', until: later });
    expect((await world.get(path)).items).toEqual([second, first]);
    const { items, next } = await world.get(`${path}?limit=1`);
    expect(items).toEqual([second]);
    expect((await world.get(`${path}?limit=1&after=${next}`)).items).toEqual([first]);

    const released = await world.post(`/recovery-point-holds/${first.id}/release`, { reason: 'audited' }, 200);
    expect(released).toEqual({
      ...first,
      state: 'released',
      released: { at: expect.any(String), reason: 'audited', by: first.createdBy },
    });
    const again = await world.post(`/recovery-point-holds/${first.id}/release`, { reason: 'once more' }, 409);
    expect(again).toMatchObject({ code: 'hold-over' });
    expect(await auditOf(world.database.db, 'recovery-point', point.id)).toMatchObject([
      { action: 'recovery-point.hold', details: { hold: first.id, reason: 'audit of 2026', until } },
      { action: 'recovery-point.hold', details: { hold: second.id, reason: 'incident', until: later } },
      {
        action: 'recovery-point.release-hold',
        details: { hold: first.id, reason: 'audited', heldFor: 'audit of 2026' },
      },
    ]);
  });

  test('need a point that is kept, and an end that lies ahead by ten years at most', async () => {
    const { id } = await aPoint();
    const hold = (until: string, status: number, point = id) =>
      world.post(`/recovery-points/${point}/holds`, { reason: 'evidence', until }, status);
    expect(await hold(ahead(-1), 422)).toMatchObject({ code: 'hold-ends-too-soon', fields: [{ field: '#/until' }] });
    expect(await hold(ahead(3661), 422)).toMatchObject({ code: 'hold-too-long', fields: [{ field: '#/until' }] });
    expect(await hold(ahead(1), 404, NOWHERE)).toMatchObject({ code: 'no-such-recovery-point' });
    const set = await world.ownSet();
    const gone = await world.point(set, { ...own, name: ownName(), state: 'deleting' });
    expect(await hold(ahead(1), 409, gone.id)).toMatchObject({ code: 'recovery-point-removed' });
    await world.post(`/recovery-point-holds/${NOWHERE}/release`, { reason: 'x' }, 404);
  });

  test('are no business of those who may only read', async () => {
    const viewer = await makeCaller(world.database.db, 'viewer', ['viewer']);
    const { id } = await aPoint();
    const send = (path: string, body: Record<string, unknown>) =>
      supertest(world.api.app)
        .post(`/api/v1${path}`)
        .set('Authorization', viewer.bearer)
        .set('Idempotency-Key', crypto.randomUUID())
        .send(body);
    await send(`/recovery-points/${id}/holds`, { reason: 'x', until: ahead(1) }).expect(403);
    await send(`/recovery-point-holds/${NOWHERE}/release`, { reason: 'x' }).expect(403);
  });

  test('and everything else here answer bad input with a problem that names the field', async () => {
    const powerless = await makeCaller(world.database.db, 'powerless', []);
    const callers = { allowed: world.api.admin.bearer, powerless: powerless.bearer };
    const set = await world.set();
    const point = await world.point(set);
    for (const [routes, known] of [
      [retentionRoutes(), { id: set.id }],
      [holdRoutes(), { id: point.id }],
    ] as const) {
      const { failures, sent } = await sendBadInput(world.api.app, routes, callers, known);
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(routes.length * 15);
    }
  }, 60_000);
});
