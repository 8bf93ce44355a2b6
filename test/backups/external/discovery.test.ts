import { createHash } from 'node:crypto';
import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchedSets } from '../../../src/backups/backup-set.queries.ts';
import { readPointManifest } from '../../../src/backups/external/discovery-place.ts';
import { parsePattern } from '../../../src/backups/external/point-pattern.ts';
import { describePoint } from '../../../src/backups/external/seen-point.ts';
import { serialiseManifest } from '../../../src/verification/manifest.ts';
import { createManifest } from '../../../src/verification/manifest-create.ts';
import { told, useExternalWorld } from './support/external-world.ts';

const world = useExternalWorld();

/** As if the database's clock had gone on. */
const letTimePass = (seconds: number) =>
  world.db.execute('UPDATE point_candidate SET since = since - make_interval(secs => $1)', [seconds]);

describe('discovery of backups that other tools made', () => {
  it('registers what fits the pattern, with size, marks and the time in its name', async () => {
    const setId = await world.watch('db/app-%Y%m%d-%H%M.dump', { zone: 'Asia/Shanghai' });
    await world.put('db/app-20260310-0230.dump', 'four', '2026-03-10T01:02:03Z');
    await world.put('db/app-20260311-0230.dump', 'five5');
    await world.put('db/app-20260231-0230.dump');
    await world.put('db/other.dump');
    await world.put('elsewhere/app-20260312-0230.dump');

    expect(told(await world.discoverSet())).toEqual({
      registered: ['db/app-20260310-0230.dump', 'db/app-20260311-0230.dump'],
    });
    const [first, second] = await world.points(setId);
    const { mtimeNs } = await stat(join(world.root, 'db/app-20260310-0230.dump'), { bigint: true });
    const marks = createHash('sha256').update(`db/app-20260310-0230.dump\0${4}\0${mtimeNs}\n`).digest();
    expect(first).toMatchObject({
      name: 'db/app-20260310-0230.dump',
      method: 'external',
      own: false,
      sizeBytes: 4,
      fileCount: 1,
      marks,
      digest: undefined,
      verdict: undefined,
      state: 'present',
    });
    expect(String(first?.takenAt)).toBe('2026-03-09T18:30:00Z');
    expect(String(first?.finishedAt)).toBe('2026-03-10T01:02:03Z');
    expect(second?.sizeBytes).toBe(5);
    const names = ['db/app-20260310-0230.dump', 'db/app-20260311-0230.dump'];
    expect(await world.audited('recovery-point.discover')).toContainEqual({ set: setId, count: 2, first: names });
    expect((await world.repository()).seenAt).toBeDefined();
  });

  it('says that nothing changed when nothing did, and compares again when somebody changed the catalogue', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump');
    expect(await world.discoverSet()).toMatchObject({ isUnchanged: false });
    expect(await world.discoverSet()).toMatchObject({ isUnchanged: true });
    await world.db.execute(`UPDATE recovery_point SET state = 'missing' WHERE set_id = $1`, [setId]);
    expect(told(await world.discoverSet())).toEqual({ returned: ['a.dump'] });
    expect(await world.discoverSet()).toMatchObject({ isUnchanged: true });
  });

  it('registers a new point only when it has been the same for as long as it has to settle', async () => {
    const setId = await world.watch('*.dump', { settleSeconds: 600 });
    await world.put('a.dump', 'half');
    expect(told(await world.discoverSet({ hoursLater: 0 }))).toEqual({ waiting: ['a.dump'] });
    await letTimePass(599);
    expect(told(await world.discoverSet({ hoursLater: 0 }))).toEqual({ waiting: ['a.dump'] });
    await appendFile(join(world.root, 'a.dump'), ' more');
    await letTimePass(2);
    expect(told(await world.discoverSet({ hoursLater: 0 })), 'it has grown').toEqual({ waiting: ['a.dump'] });
    await letTimePass(599);
    expect(told(await world.discoverSet({ hoursLater: 0 }))).toEqual({ waiting: ['a.dump'] });
    expect(await world.points(setId)).toEqual([]);
    await letTimePass(2);
    expect(told(await world.discoverSet({ hoursLater: 0 }))).toEqual({ registered: ['a.dump'] });
    expect(await world.points(setId)).toMatchObject([{ sizeBytes: 9 }]);
    expect(await world.db.rows('SELECT FROM point_candidate WHERE set_id = $1', [setId])).toEqual([]);
  });

  it('sees the same again in a large directory, whichever of its threads looks, also times before 1970', async () => {
    await world.watch('*.dump', { timeSource: 'mtime' });
    for (let index = 0; index < 300; index += 1) await world.put(`${index}.dump`, 'x', '1920-01-01T00:00:00.123Z');
    expect((await world.discoverSet()).registered.count).toBe(300);
    for (let times = 0; times < 3; times += 1) expect(await world.discoverSet()).toMatchObject({ isUnchanged: true });
    await world.put('299.dump', 'y', '1920-01-01T00:00:00.124Z');
    expect(told(await world.discoverSet())).toEqual({ changed: ['299.dump'] });
  });

  it('does not trust the age of a file whose time of change is in the future', async () => {
    await world.watch('*.dump');
    await world.put('a.dump', 'x', '2286-01-01T00:00:00Z');
    expect(told(await world.discoverSet({ hoursLater: 2 }))).toEqual({ waiting: ['a.dump'] });
  });

  it('forgets what was waiting when it goes away', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump');
    await world.discoverSet({ hoursLater: 0 });
    await rm(join(world.root, 'a.dump'));
    expect(told(await world.discoverSet({ hoursLater: 0 }))).toEqual({});
    expect(await world.db.rows('SELECT FROM point_candidate WHERE set_id = $1', [setId])).toEqual([]);
  });

  it('calls a point altered when its bytes or its time changed, keeps its digest, and does not enter it anew', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump', 'first');
    await world.discoverSet();
    const digest = 'a'.repeat(64);
    await world.db.execute(
      `UPDATE recovery_point SET verdict = 'sound', verdict_at = now(), verified_level = 'structure', digest = $2,
              digest_origin = 'first-read', read_in_full_at = now(), version = version + 1 WHERE set_id = $1`,
      [setId, digest],
    );
    const [before] = await world.points(setId);
    await world.put('a.dump', 'second');

    expect(told(await world.discoverSet())).toEqual({ changed: ['a.dump'] });
    const [point, ...others] = await world.points(setId);
    expect(others).toEqual([]);
    expect(point).toMatchObject({ id: before?.id, verdict: 'altered', digest, sizeBytes: 6, readInFullAt: undefined });
    expect(point?.marks).not.toEqual(before?.marks);
    const entry = { set: setId, name: 'a.dump', altered: true, sizeBytes: 6, sizeBytesBefore: 5 };
    expect(await world.audited('recovery-point.alter')).toContainEqual(entry);
    expect(told(await world.discoverSet()), 'it is told once').toEqual({});
  });

  it('calls a point missing when it is gone, and has it checked when it is back', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump');
    await world.put('b.dump');
    await world.discoverSet();
    await rename(join(world.root, 'a.dump'), join(world.root, 'a.away'));

    expect(told(await world.discoverSet())).toEqual({ missing: ['a.dump'] });
    const gone = { name: 'a.dump', state: 'missing', verdict: 'missing' };
    expect(await world.points(setId)).toMatchObject([gone, { name: 'b.dump', state: 'present', verdict: undefined }]);
    expect(await world.audited('recovery-point.miss')).toContainEqual({ set: setId, name: 'a.dump' });
    expect(told(await world.discoverSet()), 'it is told once').toEqual({});

    await rename(join(world.root, 'a.away'), join(world.root, 'a.dump'));
    expect(told(await world.discoverSet())).toEqual({ returned: ['a.dump'] });
    expect(await world.points(setId)).toMatchObject([{ state: 'present', verdict: undefined }, {}]);
  });

  it('calls a point altered that comes back as another one, also when it was altered before it went', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump', 'first');
    await world.put('b.dump', 'first');
    await world.discoverSet();
    await world.put('b.dump', 'second');
    await world.discoverSet();
    await rename(join(world.root, 'b.dump'), join(world.root, 'b.away'));
    await rm(join(world.root, 'a.dump'));
    await world.discoverSet();
    await world.put('a.dump', 'another');
    await rename(join(world.root, 'b.away'), join(world.root, 'b.dump'));
    expect(told(await world.discoverSet())).toEqual({ returned: ['a.dump', 'b.dump'] });
    expect(await world.points(setId)).toMatchObject([{ verdict: 'altered' }, { verdict: 'altered' }]);
  });

  it('calls a point damaged at once when it is empty or smaller than the set expects', async () => {
    const setId = await world.watch('*.dump', { minimumBytes: 5 });
    const other = await world.watch('*.log');
    await world.put('a.dump', 'four');
    await world.put('b.dump', 'five5');
    await world.put('c.log', '');
    await world.discover();
    const damaged = { verdict: 'damaged', verifiedLevel: 'presence' };
    expect(await world.points(setId)).toMatchObject([damaged, { verdict: undefined }]);
    expect(await world.points(other)).toMatchObject([damaged]);
    await world.put('b.dump', 'four');
    await world.discover();
    expect(await world.points(setId)).toMatchObject([damaged, damaged]);
  });

  it('takes all files of one time for one point, also in several directories', async () => {
    const setId = await world.watch('*/app-%Y%m%d.*', { layout: 'files' });
    for (const path of ['x/app-20260101.dump', 'y/app-20260101.log', 'x/app-20260102.dump'])
      await world.put(path, path);
    await world.discoverSet();
    expect(await world.points(setId)).toMatchObject([
      { name: '*/app-20260101.*', fileCount: 2, sizeBytes: 37 },
      { name: '*/app-20260102.*', fileCount: 1 },
    ]);
    await rm(join(world.root, 'y/app-20260101.log'));
    expect(told(await world.discoverSet())).toEqual({ changed: ['*/app-20260101.*'] });
    await rm(join(world.root, 'x/app-20260101.dump'));
    expect(told(await world.discoverSet())).toEqual({ missing: ['*/app-20260101.*'] });
  });

  it('takes a directory with all that is below it for one point, records its files, and keeps their digests', async () => {
    const setId = await world.watch('base/%F', { layout: 'directory' });
    for (const path of ['a', 'a.b', 'a/x', 'z/2026-01-01/deep']) {
      if (path !== 'a') await world.put(`base/2026-01-01/${path}`, path);
    }
    await world.put('base/2026-01-02/only', 'x');
    await world.put('base/2026-01-01.txt', 'beside');
    await mkdir(join(world.root, 'base/2026-01-03'));
    expect(told(await world.discoverSet())).toEqual({
      registered: ['base/2026-01-01', 'base/2026-01-02', 'base/2026-01-03'],
    });
    const [first, , empty] = await world.points(setId);
    expect(first).toMatchObject({ fileCount: 3, sizeBytes: 23, verdict: undefined });
    expect(empty).toMatchObject({ fileCount: 0, sizeBytes: 0, verdict: 'damaged' });
    const files = () =>
      world.db.rows<{ path: string; digest: string | null }>(
        'SELECT path, digest FROM recovery_point_file WHERE point_id = $1 ORDER BY path COLLATE "C"',
        [first?.id],
      );
    const paths = ['base/2026-01-01/a.b', 'base/2026-01-01/a/x', 'base/2026-01-01/z/2026-01-01/deep'];
    expect(await files()).toEqual(paths.map((path) => ({ path, digest: null })));

    const digest = 'b'.repeat(64);
    await world.db.execute('UPDATE recovery_point_file SET digest = $2 WHERE point_id = $1', [first?.id, digest]);
    await world.put('base/2026-01-01/new', 'n');
    await rm(join(world.root, 'base/2026-01-01/a'), { recursive: true });
    expect(told(await world.discoverSet())).toEqual({ changed: ['base/2026-01-01'] });
    expect(await files()).toEqual([
      { path: 'base/2026-01-01/a.b', digest },
      { path: 'base/2026-01-01/new', digest: null },
      { path: 'base/2026-01-01/z/2026-01-01/deep', digest },
    ]);
  });

  it('completes a point that somebody registered before it was seen, and keeps what was said of it', async () => {
    const setId = await world.watch('app-%F.dump', { settleSeconds: 600 });
    const digest = 'c'.repeat(64);
    const register = (name: string, hoursAgo: number) =>
      world.db.execute(
        `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest,
           digest_origin, created_at)
         VALUES (gen_random_uuid(), $1, $2, $3, 'external', false, '2026-01-01T05:00Z', now(), 6, $4, 'api',
           now() - make_interval(hours => $5))`,
        [setId, repositoryId, name, digest, hoursAgo],
      );
    const repositoryId = (await world.repository()).id;
    await register('app-2026-01-01.dump', 0);
    await world.put('app-2026-01-01.dump', 'backup', '2026-01-01T06:00:00Z');
    expect(told(await world.discoverSet())).toEqual({ registered: ['app-2026-01-01.dump'] });
    const [point] = await world.points(setId);
    expect(point).toMatchObject({ digest, digestOrigin: 'api', fileCount: 1, sizeBytes: 6, verdict: undefined });
    expect(String(point?.takenAt)).toBe('2026-01-01T05:00:00Z');

    await register('app-2026-01-02.dump', 0);
    await register('app-2026-01-03.dump', 1);
    expect(told(await world.discoverSet()), 'one may still be on its way').toEqual({
      missing: ['app-2026-01-03.dump'],
    });
  });

  it('does not take a list of digests beside a point for a point, where such lists are the source of digests', async () => {
    const withLists = await world.watch('a/*', { digestSource: 'manifest', timeSource: 'mtime' });
    const without = await world.watch('a/**', { timeSource: 'mtime' });
    for (const name of ['x.tar', 'x.tar.sha256', 'SHA256SUMS', 'md5sums.txt']) await world.put(`a/${name}`);
    await world.discover();
    expect((await world.points(withLists)).map(({ name }) => name)).toEqual(['a/x.tar']);
    expect(await world.points(without)).toHaveLength(4);
  });

  it('lists the repository for all its sets, but not what Muster keeps there itself, nor for retired sets', async () => {
    const all = await world.watch('**', { timeSource: 'mtime' });
    const retired = await world.watch('*');
    await world.db.execute(`UPDATE backup_set SET retired_at = now(), retired_reason = 'moved' WHERE id = $1`, [
      retired,
    ]);
    const own = `own-${all}`;
    await world.db.execute(
      `INSERT INTO backup_set (id, name, repository_id, kind, stale_after_seconds)
       VALUES (gen_random_uuid(), $1, $2, 'postgresql', 3600)`,
      [own, (await world.repository()).id],
    );
    for (const path of ['.muster-repository', 'x', `${own}/point/manifest.json`]) await world.put(path);
    expect(told(await world.discoverSet())).toEqual({ registered: ['x'] });
  });

  it('records times that a file system may hold and a database may not', async () => {
    const setId = await world.watch('*', { timeSource: 'mtime' });
    const [set] = await watchedSets(world.db, (await world.repository()).id);
    if (set === undefined) throw new Error(`the set ${setId} is not there`);
    const pattern = parsePattern(set.external.pattern);
    const seen = (mtimeMs: number) => {
      const marks = Buffer.alloc(32);
      const point = {
        name: 'x',
        fields: {},
        files: [],
        fileCount: 1,
        sizeBytes: 1,
        marks,
        mtimeMs,
        changedMs: mtimeMs,
      };
      return describePoint(point, {
        set,
        pattern,
        manifestIn: (name) => readPointManifest(join(world.root, name), []),
      });
    };
    const [first, last] = [await seen(-1e14), await seen(1e24)];
    expect(new Date(first.takenAtMs).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(new Date(last.takenAtMs).toISOString()).toBe('9999-12-31T00:00:00.000Z');
  });

  it("reads the time in a directory's manifest of Muster's, where the set says so, and else its last change", async () => {
    const setId = await world.watch('points/*', { layout: 'directory', timeSource: 'manifest' });
    for (const name of ['a', 'b', 'c']) await world.put(`points/${name}/data`, 'data', '2026-02-01T00:00:00Z');
    const directory = join(world.root, 'points/a');
    const manifest = await createManifest(directory, [{ path: 'data' }], { createdAt: '2026-01-31T12:00:00Z' });
    await world.put('points/a/manifest.json', serialiseManifest(manifest).toString(), '2026-02-01T00:00:00Z');
    await world.put('points/b/manifest.json', '{"version": 3}', '2026-02-01T00:00:00Z');
    await world.discoverSet();
    expect((await world.points(setId)).map(({ takenAt }) => String(takenAt))).toEqual([
      '2026-01-31T12:00:00Z',
      '2026-02-01T00:00:00Z',
      '2026-02-01T00:00:00Z',
    ]);
  });
});
