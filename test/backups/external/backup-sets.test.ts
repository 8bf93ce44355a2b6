import { describe, expect, test } from 'vitest';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { makeCaller as makeTokenCaller } from '../../http/support.ts';
import { auditOf, makeCaller } from '../../people/cast.ts';
import { registerOf } from '../../services/register.ts';
import { SOUND, useSetsWorld } from './support.ts';

const world = useSetsWorld();

const wanted = async () => ({
  name: `set-${newId()}`,
  repositoryId: await world.repository(),
  pattern: 'db/app-%Y%m%d.dump',
  zone: 'Europe/Berlin',
  rpoSeconds: 86_400,
  ownerId: await world.owner(),
});

describe('a new set', () => {
  test('holds what was said of it, and sensible values for the rest', async () => {
    const body = {
      ...(await wanted()),
      schedule: { cron: '30  2 * * *', graceSeconds: 7200 },
      window: { from: '22:00', until: '06:00' },
    };
    const made = await world.post('/backup-sets', body);
    expect(made).toMatchObject({
      kind: 'external',
      name: body.name,
      external: {
        pattern: body.pattern,
        layout: 'file',
        timeSource: 'name',
        schedule: { cron: '30 2 * * *', graceSeconds: 7200 },
        window: body.window,
        settleSeconds: 60,
        fullReadDays: 30,
        digestSource: 'none',
        owner: { id: body.ownerId, kind: 'team' },
      },
      freshness: 'stale',
      staleReasons: [{ code: 'no-sound-point' }],
      services: [],
      version: 1,
    });
    expect(await world.get(`/backup-sets/${made.id}`)).toEqual(made);
    const [entry] = await auditOf(world.database.db, 'backup-set', made.id);
    expect(entry).toMatchObject({ action: 'backup-set.create', details: { name: body.name, ownerId: body.ownerId } });
  });

  test.each([
    [{ name: 'With Blanks' }, '#/name'],
    [{ pattern: '/etc/passwd' }, '#/pattern'],
    [{ pattern: '../outside/%Y' }, '#/pattern'],
    [{ pattern: 'db/../../outside' }, '#/pattern'],
    [{ zone: 'Mars/Olympus' }, '#/zone'],
    [{ schedule: { cron: '61 2 * * *', graceSeconds: 60 } }, '#/schedule/cron'],
    [{ schedule: { cron: '0 0 31 2 *', graceSeconds: 60 } }, '#/schedule/cron'],
    [{ schedule: { cron: '0 0 * * *', graceSeconds: -1 } }, '#/schedule/graceSeconds'],
    [{ rpoSeconds: null }, '#/rpoSeconds'],
    [{ rpoSeconds: 59 }, '#/rpoSeconds'],
    [{ window: { from: '22:00', until: '22:00' } }, '#/window/until'],
    [{ window: { from: '24:00', until: '22:00' } }, '#/window/from'],
    [{ layout: 'archive' }, '#/layout'],
    [{ settleSeconds: 0 }, '#/settleSeconds'],
    [{ surprise: 1 }, '#/surprise'],
  ])('is refused with %j, naming the field', async (wrong, field) => {
    const refused = await world.post('/backup-sets', { ...(await wanted()), ...wrong }, 400);
    expect(refused.fields).toEqual([expect.objectContaining({ field })]);
  });

  test('needs an owner and a repository that are in use', async () => {
    const { principal } = await makeCaller(world.database.db, { kind: 'service-account' });
    const nobody = await world.post('/backup-sets', { ...(await wanted()), ownerId: principal.id }, 422);
    expect(nobody).toMatchObject({ code: 'unsuitable-owner', fields: [{ field: '#/ownerId' }] });
    const gone = await world.repository();
    await world.retire(`/repositories/${gone}`, 1);
    for (const repositoryId of [gone, newId()]) {
      const refused = await world.post('/backup-sets', { ...(await wanted()), repositoryId }, 422);
      expect(refused).toMatchObject({ code: 'unsuitable-repository', fields: [{ field: '#/repositoryId' }] });
    }
  });

  test('has a name of its own, and a pattern of its own in its repository', async () => {
    const first = await world.set();
    const again = { ...(await wanted()), pattern: 'other/%Y%m%d', name: first.name };
    expect(await world.post('/backup-sets', again, 409)).toMatchObject({ fields: [{ field: '#/name' }] });
    const { repositoryId } = first;
    const same = { ...(await wanted()), repositoryId, pattern: first.external?.pattern };
    expect(await world.post('/backup-sets', same, 409)).toMatchObject({
      code: 'pattern-taken',
      fields: [{ field: '#/pattern' }],
    });
    await world.retire(`/backup-sets/${first.id}`, 1);
    await world.post('/backup-sets', same);
  });

  test('of one pattern is entered once when two enter it at the same time', async () => {
    const body = await wanted();
    const both = ['a', 'b'].map((letter) =>
      world.api.request('post', '/api/v1/backup-sets').send({ ...body, name: `${letter}-${newId()}` }),
    );
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  test('is not for somebody who may only read', async () => {
    const viewer = await makeTokenCaller(world.database.db, `viewer ${newId()}`, ['viewer']);
    const body = await wanted();
    for (const [path, sent] of [
      ['/api/v1/backup-sets', body],
      ['/api/v1/repositories', { name: 'x', root: '/x' }],
    ] as const) {
      const refused = await world.api.request('post', path).set('Authorization', viewer.bearer).send(sent);
      expect([refused.status, refused.body.code]).toEqual([403, 'permission-missing']);
    }
  });
});

test('a backup of another tool’s set cannot be ordered here', async () => {
  const set = await world.set();
  expect((await world.post(`/backup-sets/${set.id}/take`, undefined, 422)).code).toBe('not-taken-by-muster');
});

describe('a change of a set', () => {
  test('replaces what it names, and has its points listed anew', async () => {
    const set = await world.set();
    const { db } = world.database;
    await db.execute(`UPDATE backup_set SET listing = '\\x00', listed_at = now() WHERE id = $1`, [set.id]);
    const changed = await world.patch(`/backup-sets/${set.id}`, 1, { minimumBytes: 4096, window: null });
    expect(changed).toMatchObject({ version: 2, external: { minimumBytes: 4096, pattern: set.external?.pattern } });
    expect(await db.rows('SELECT listing FROM backup_set WHERE id = $1', [set.id])).toEqual([{ listing: null }]);
    expect((await world.patch(`/backup-sets/${set.id}`, 1, { minimumBytes: 1 }, 412)).code).toBe('stale-backup-set');
  });

  test('never leaves it without a clock', async () => {
    const set = await world.set();
    const refused = await world.patch(`/backup-sets/${set.id}`, 1, { rpoSeconds: null }, 400);
    expect(refused).toMatchObject({ code: 'no-clock', fields: [{ field: '#/rpoSeconds' }] });
    const schedule = { cron: '0 3 * * *', graceSeconds: 60 };
    await world.patch(`/backup-sets/${set.id}`, 1, { rpoSeconds: null, schedule });
  });

  test('may say what one point is only while there is none; pattern and zone may change', async () => {
    const set = await world.set();
    await world.patch(`/backup-sets/${set.id}`, 1, { layout: 'directory' });
    await world.point(set);
    const refused = await world.patch(`/backup-sets/${set.id}`, 2, { layout: 'file' }, 409);
    expect(refused).toMatchObject({ code: 'layout-in-use', fields: [{ field: '#/layout' }] });
    await world.patch(`/backup-sets/${set.id}`, 2, { pattern: 'other/%Y%m%d', zone: 'UTC', layout: 'directory' });
  });

  test('does not touch the repository, nor what Muster takes itself', async () => {
    const set = await world.set();
    const moved = await world.patch(`/backup-sets/${set.id}`, 1, { rpoSeconds: 60, repositoryId: newId() }, 400);
    expect(moved.fields).toEqual([expect.objectContaining({ field: '#/repositoryId' })]);
    const own = await world.ownSet();
    expect((await world.patch(`/backup-sets/${own.id}`, 1, { rpoSeconds: 60 }, 409)).code).toBe('not-external');
    expect((await world.retire(`/backup-sets/${own.id}`, 1, 409)).code).toBe('not-external');
  });

  test('hands it over to another owner', async () => {
    const set = await world.set();
    const { principal } = await makeCaller(world.database.db, { kind: 'person' });
    const changed = await world.patch(`/backup-sets/${set.id}`, 1, { ownerId: principal.id });
    expect(changed.external).toMatchObject({ owner: { id: principal.id, kind: 'person' } });
  });
});

describe('the end of a set', () => {
  test('comes when no service in use is recovered from it any more', async () => {
    const set = await world.set();
    const register = registerOf(world.database);
    const service = await register.make({ backupSets: [set.id] });
    expect(await world.get(`/backup-sets/${set.id}`)).toMatchObject({ services: [service.id] });
    const refused = await world.retire(`/backup-sets/${set.id}`, 1, 409);
    expect(refused).toMatchObject({ code: 'backup-set-still-needed', detail: expect.stringContaining(service.name) });
    await register.retire(service);
    expect(await world.retire(`/backup-sets/${set.id}`, 1)).toMatchObject({ retired: { reason: 'not used any more' } });
    expect((await backupSetById(world.database.db, set.id)).version).toBe(2);
    expect((await world.patch(`/backup-sets/${set.id}`, 2, { rpoSeconds: 60 }, 409)).code).toBe('backup-set-retired');
  });
});

describe('how a set stands', () => {
  test('is told with its newest sound point, its last report and what was never read', async () => {
    const set = await world.set();
    const sound = await world.point(set, SOUND);
    const unread = await world.point(set, { taken_at: new Date(Date.now() - 3_600_000) });
    await world.point(set, { verdict: 'damaged', verdict_at: new Date(), taken_at: new Date(0) });
    const { id } = await world.post(`/backup-sets/${set.id}/points`, {});
    expect(await world.get(`/backup-sets/${set.id}`)).toMatchObject({
      freshness: 'fresh',
      staleSince: null,
      staleReasons: [],
      newestSoundPoint: { id: sound.id },
      presentCount: 3,
      unsoundCount: 1,
      oldestUnverified: { id: unread.id },
      lastReport: { id, kind: 'success', verdict: null },
    });
  });

  test('does not hang on a point that claims to be from the far future', async () => {
    const set = await world.set();
    await world.point(set, { ...SOUND, taken_at: new Date('2199-01-01') });
    expect(await world.get(`/backup-sets/${set.id}`)).toMatchObject({ freshness: 'stale', newestSoundPoint: null });
  });

  test('is asked for in as many statements for many sets as for one', async () => {
    const { statusOfSets } = await import('../../../src/backups/set-status.queries.ts');
    const sets = [await world.set(), await world.set(), await world.set()];
    let statements = 0;
    const counting = {
      ...world.database.db,
      rows: <Row>(sql: string, parameters?: readonly unknown[]) => {
        statements += 1;
        return world.database.db.rows<Row>(sql, parameters);
      },
    } as unknown as typeof world.database.db;
    expect((await statusOfSets(counting, sets)).size).toBe(3);
    expect(statements).toBe(1);
  });
});
