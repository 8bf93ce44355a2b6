import { describe, expect, test } from 'vitest';
import { listPoints } from '../../../src/backups/catalogue.queries.ts';
import { purgeOldReports } from '../../../src/backups/external/report.store.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { noticesOf } from '../../../src/notices/notice.queries.ts';
import { auditOf } from '../../people/cast.ts';
import { SOUND, useSetsWorld } from './support.ts';

const world = useSetsWorld();
const DIGEST = 'ab'.repeat(32);
const NAME = 'db/app-20261122023000.dump';

test('reports of long ago are forgotten, but for the newest of each set and its last success', async () => {
  const set = await world.set();
  await world.database.db.execute(
    `INSERT INTO backup_report (id, set_id, kind, via, received_at)
     SELECT gen_random_uuid(), $1, CASE WHEN n = 1 THEN 'success' ELSE 'start' END, 'ping', now() - interval '500 days' + n * interval '1 hour'
       FROM generate_series(1, 150) AS n`,
    [set.id],
  );
  await purgeOldReports(world.database.db);
  const left = await world.database.db.rows<{ kind: string }>('SELECT kind FROM backup_report WHERE set_id = $1', [
    set.id,
  ]);
  expect(left.filter(({ kind }) => kind === 'success')).toHaveLength(1);
  expect(left.length).toBeGreaterThanOrEqual(100);
  expect(left.length).toBeLessThanOrEqual(101);
});

const pointsOf = (setId: string) => listPoints(world.database.db, setId, { limit: 10 });
const notices = (readerId: string) => noticesOf(world.database.db, readerId, { unread: false, limit: 10 });

describe('a report over the API', () => {
  test('enters the point that it names, which nobody has seen yet', async () => {
    const set = await world.set();
    const body = { name: NAME, takenAt: '2026-11-22T02:30:00Z', sizeBytes: 4096, sha256: DIGEST.toUpperCase() };
    const report = await world.post(`/backup-sets/${set.id}/points`, {
      ...body,
      durationSeconds: 1.5,
      logExcerpt: 'ok',
    });
    const [point] = await pointsOf(set.id);
    expect(point).toMatchObject({
      id: report.pointId,
      name: NAME,
      method: 'external',
      own: false,
      digest: DIGEST,
      digestOrigin: 'api',
      sizeBytes: 4096,
      marks: undefined,
      verdict: undefined,
      state: 'present',
    });
    expect(point?.takenAt.toString()).toBe('2026-11-22T02:30:00Z');
    expect(report).toMatchObject({ kind: 'success', via: 'api', digest: DIGEST, durationSeconds: 1.5, verdict: null });
    expect(await world.get(`/backup-sets/${set.id}/reports`)).toEqual({ items: [report], next: null });
    const [entry] = await auditOf(world.database.db, 'recovery-point', point?.id ?? '');
    expect(entry).toMatchObject({ action: 'recovery-point.register', details: { name: NAME, digest: DIGEST } });
  });

  test('completes a point that discovery has found, and changes nothing else about it', async () => {
    const set = await world.set();
    const found = await world.point(set, { name: NAME, marks: Buffer.alloc(32, 1), size_bytes: 5000 });
    await world.post(`/backup-sets/${set.id}/points`, { name: NAME, sha256: DIGEST, sizeBytes: 4096 });
    const completed = await world.refreshed(found);
    expect(completed).toMatchObject({ digest: DIGEST, digestOrigin: 'api', sizeBytes: 5000, marks: found.marks });
    expect(completed.takenAt.toString()).toBe(found.takenAt.toString());
  });

  test('of the same point again is harmless, and with another digest refused', async () => {
    const set = await world.set();
    const at = `/backup-sets/${set.id}/points`;
    await world.post(at, { name: NAME, sha256: DIGEST });
    await world.post(at, { name: NAME, sha256: DIGEST });
    const refused = await world.post(at, { name: NAME, sha256: 'cd'.repeat(32) }, 409);
    expect(refused).toMatchObject({ code: 'another-digest', fields: [{ field: '#/sha256' }] });
    expect(await pointsOf(set.id)).toMatchObject([{ digest: DIGEST }]);
  });

  test('of one point by two at once enters it once', async () => {
    const set = await world.set();
    const both = [DIGEST, 'cd'.repeat(32)].map((sha256) =>
      world.api.request('post', `/api/v1/backup-sets/${set.id}/points`).send({ name: NAME, sha256 }),
    );
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await pointsOf(set.id)).toHaveLength(1);
  });

  test('of 0 bytes is no success: the point is damaged at once, and its owner is told', async () => {
    const set = await world.set({ rpoSeconds: null, schedule: { cron: '0 0 1 1 *', graceSeconds: 0 } });
    const report = await world.post(`/backup-sets/${set.id}/points`, { name: NAME, sizeBytes: 0 });
    expect(report.verdict).toBe('damaged');
    expect(await pointsOf(set.id)).toMatchObject([{ verdict: 'damaged', verifiedLevel: 'presence' }]);
    const [notice] = await notices(set.external?.owner.id ?? '');
    expect(notice).toMatchObject({ kind: 'recovery-point.unsound', subjectId: report.pointId });
    expect(notice?.summary).toContain(set.name);
    expect(await world.get(`/backup-sets/${set.id}`)).toMatchObject({
      freshness: 'stale',
      staleReasons: [{ code: 'no-point' }],
      lastReport: { verdict: 'damaged' },
    });
  });

  test('of 0 bytes does not condemn a point that was seen with more', async () => {
    const set = await world.set();
    const sound = await world.point(set, { ...SOUND, name: NAME, marks: Buffer.alloc(32, 1) });
    const report = await world.post(`/backup-sets/${set.id}/points`, { name: NAME, sizeBytes: 0 });
    expect(report.verdict).toBe('damaged');
    expect((await world.refreshed(sound)).verdict).toBe('sound');
  });

  test('without a name notes a success alone', async () => {
    const set = await world.set({ rpoSeconds: null, schedule: { cron: '0 0 1 1 *', graceSeconds: 0 } });
    expect(await world.post(`/backup-sets/${set.id}/points`, {})).toMatchObject({ pointId: null, verdict: null });
    expect(await pointsOf(set.id)).toEqual([]);
    expect(await world.get(`/backup-sets/${set.id}`)).toMatchObject({ freshness: 'fresh' });
  });

  test('keeps the end of a log without what terminals make of it', async () => {
    const set = await world.set();
    const logExcerpt = '\u001b[31merror:\u001b[0m disk\r\n\u0007full\ttoday\u202e';
    const report = await world.post(`/backup-sets/${set.id}/points`, { logExcerpt });
    expect(report.logExcerpt).toBe('error: disk\nfull\ttoday');
  });

  test.each([
    [{ name: '/etc/passwd' }, '#/name'],
    [{ name: '../outside' }, '#/name'],
    [{ name: 'db/../../outside' }, '#/name'],
    [{ name: '..' }, '#/name'],
    [{ name: 'db/' }, '#/name'],
    [{ name: 'a\nb' }, '#/name'],
    [{ sha256: 'ab' }, '#/sha256'],
    [{ sizeBytes: -1 }, '#/sizeBytes'],
    [{ durationSeconds: -1 }, '#/durationSeconds'],
    [{ takenAt: 'yesterday' }, '#/takenAt'],
    [{ logExcerpt: 'x'.repeat(10_001) }, '#/logExcerpt'],
  ])('is refused with %j, naming the field', async (body, field) => {
    const refused = await world.post(`/backup-sets/${newId()}/points`, body, 400);
    expect(refused.fields).toEqual([expect.objectContaining({ field })]);
  });

  test('is refused of a name that the set would never find, and of one file among those of a point', async () => {
    const one = await world.set();
    const outside = await world.post(`/backup-sets/${one.id}/points`, { name: 'db/app-latest.dump' }, 422);
    expect(outside).toMatchObject({ code: 'name-outside-pattern', fields: [{ field: '#/name' }] });
    const several = await world.set({ pattern: '%Y%m%d/base.tar.*', layout: 'files' });
    const at = `/backup-sets/${several.id}/points`;
    const part = await world.post(at, { name: '20261122/base.tar.1' }, 422);
    expect(part.fields).toEqual([{ field: '#/name', message: expect.stringContaining('20261122/base.tar.*') }]);
    expect(await world.post(at, { name: '20261122/base.tar.*' })).toMatchObject({ pointName: '20261122/base.tar.*' });
  });

  test('is refused of data from the future, of a set that Muster fills itself, and of a retired one', async () => {
    const set = await world.set();
    const ahead = { name: NAME, takenAt: new Date(Date.now() + 3_600_000).toISOString() };
    const refused = await world.post(`/backup-sets/${set.id}/points`, ahead, 422);
    expect(refused).toMatchObject({ code: 'taken-in-the-future', fields: [{ field: '#/takenAt' }] });
    const own = await world.ownSet();
    expect((await world.post(`/backup-sets/${own.id}/points`, {}, 409)).code).toBe('not-external');
    await world.retire(`/backup-sets/${set.id}`, 1);
    expect((await world.post(`/backup-sets/${set.id}/points`, {}, 409)).code).toBe('backup-set-retired');
    expect((await world.post(`/backup-sets/${newId()}/points`, {}, 404)).code).toBe('no-such-backup-set');
  });

  test('is one of a list that goes on page by page, newest first', async () => {
    const set = await world.set();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await world.post(`/backup-sets/${set.id}/points`, {})).id);
    const first = await world.get(`/backup-sets/${set.id}/reports?limit=3`);
    const second = await world.get(`/backup-sets/${set.id}/reports?limit=3&after=${first.next}`);
    const items = [...(first.items as { id: string }[]), ...(second.items as { id: string }[])];
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeNull();
  });
});

describe('the acceptance of an altered point', () => {
  const ALTERED = { ...SOUND, verdict: 'altered', marks: Buffer.alloc(32, 1) };
  const reason = 'compressed again by the archive team';

  test('forgets what was on record, so that the next check takes what is there now', async () => {
    const set = await world.set({ layout: 'directory' });
    const point = await world.point(set, ALTERED);
    await world.database.db.execute(
      `INSERT INTO recovery_point_file (point_id, path, size_bytes, digest) VALUES ($1, 'a', 1, $2)`,
      [point.id, DIGEST],
    );
    const accepted = await world.post(`/recovery-points/${point.id}/accept`, { reason }, 200);
    expect(accepted).toMatchObject({ digest: null, digestOrigin: null, verdict: null, readInFullAt: null });
    expect((await world.refreshed(point)).marks).toEqual(point.marks);
    const files = await world.database.db.rows('SELECT digest FROM recovery_point_file WHERE point_id = $1', [
      point.id,
    ]);
    expect(files).toEqual([{ digest: null }]);
    const [entry] = await auditOf(world.database.db, 'recovery-point', point.id);
    expect(entry).toMatchObject({
      action: 'recovery-point.accept',
      actor_id: world.api.admin.principal.id,
      details: { reason, digest: SOUND.digest },
    });
  });

  test('is for points that are there and altered, and made once when two accept at the same time', async () => {
    const set = await world.set();
    const point = await world.point(set, ALTERED);
    const both = [1, 2].map(() =>
      world.api.request('post', `/api/v1/recovery-points/${point.id}/accept`).send({ reason }),
    );
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([200, 409]);
    for (const columns of [SOUND, {}, { ...ALTERED, state: 'missing' }]) {
      const { id } = await world.point(set, columns);
      expect((await world.post(`/recovery-points/${id}/accept`, { reason }, 409)).code).toBe('nothing-to-accept');
    }
    const own = await world.point(await world.ownSet(), { ...ALTERED, method: 'base-backup' });
    expect((await world.post(`/recovery-points/${own.id}/accept`, { reason }, 409)).code).toBe('not-external');
  });

  test('waits for a check that reads the point', async () => {
    const point = await world.point(await world.set(), ALTERED);
    await world.database.db.execute(
      `INSERT INTO backup_check (id, point_id, job_id, attempt, state) VALUES ($1, $2, $3, 1, 'running')`,
      [newId(), point.id, newId()],
    );
    expect((await world.post(`/recovery-points/${point.id}/accept`, { reason }, 409)).code).toBe('check-under-way');
  });

  test('needs a reason', async () => {
    const point = await world.point(await world.set(), ALTERED);
    const refused = await world.post(`/recovery-points/${point.id}/accept`, { reason: ' ' }, 400);
    expect(refused.fields).toEqual([expect.objectContaining({ field: '#/reason' })]);
  });
});
