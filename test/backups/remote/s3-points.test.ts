import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { takeBackup } from '../../../src/backups/backup.service.ts';
import type { BackupSet, ExternalSet, Repository } from '../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { openCapturePlace } from '../../../src/backups/capture/capture-place.ts';
import { listPoints } from '../../../src/backups/catalogue.queries.ts';
import { connectRepository } from '../../../src/backups/external/connect.ts';
import { discoverExternal } from '../../../src/backups/external/discover-external.ts';
import { checkOrderedPoint } from '../../../src/backups/external/ordered-check.ts';
import { RepositoryLister } from '../../../src/backups/external/repository-lister.ts';
import type { S3Place } from '../../../src/backups/remote/s3/s3-place.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { applyRetention } from '../../../src/backups/retention/retention.service.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { testLog } from '../../support/log.ts';
import { useCaptureWorld } from '../capture/support/capture-world.ts';
import { told, useExternalWorld } from '../external/support/external-world.ts';
import { newJob } from '../support/backup-world.ts';
import { moveRepository } from './support/serve-repository.ts';
import { NO_SWIFT, S3_EGRESS, startSwift } from './support/swift.ts';
import { useRemote } from './support/use-remote.ts';

describe.skipIf(NO_SWIFT !== undefined)(`points in an object store${NO_SWIFT ?? ''}`, () => {
  const store = useRemote(startSwift, S3_EGRESS);
  const { signal } = new AbortController();
  let place: S3Place;

  beforeEach(() => {
    // Each test has a part of the bucket of its own.
    const { server, line } = store;
    place = { ...server.place, endpoint: `http://127.0.0.1:${line.port}`, prefix: newId() };
  });

  const lay = (path: string, content: string | Buffer) =>
    store.server.client.send(
      new PutObjectCommand({ Bucket: place.bucket, Key: `${place.prefix}/${path}`, Body: Buffer.from(content) }),
    );
  const remove = (path: string) =>
    store.server.client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: `${place.prefix}/${path}` }));

  async function there(directory = ''): Promise<string[]> {
    const Prefix = `${place.prefix}/${directory}`;
    const { Contents = [] } = await store.server.client.send(
      new ListObjectsV2Command({ Bucket: place.bucket, Prefix }),
    );
    return Contents.map(({ Key = '' }) => Key.slice(Prefix.length));
  }

  describe('of other tools', () => {
    const world = useExternalWorld();
    beforeEach(async () => moveRepository(world.db, await world.repository(), place, store.server.credentials));

    const discover = () => world.discoverSet({ remote: store.remote, hoursLater: 2 });

    async function check(setId: string, name: string) {
      const set = await backupSetById(world.db, setId);
      const point = (await world.points(setId)).find((each) => each.name === name);
      const deps = { db: world.db, clock: systemClock, log: testLog, publicKeys: [], remote: store.remote };
      return checkOrderedPoint(deps, set, point?.id ?? '', { jobId: newId(), attempt: 1, signal });
    }

    test('are found, and told unchanged, changed, gone and back from each other', async () => {
      const setId = await world.watch('db/*-%Y%m%d.dump');
      await lay('db/app-20260310.dump', 'one');
      await lay('db/app-20260311.dump', 'two');
      await lay('db//app-20260312.dump', 'odd');
      await lay('other/app-20260311.dump', 'other');
      expect(told(await discover())).toEqual({ registered: ['db/app-20260310.dump', 'db/app-20260311.dump'] });
      expect((await world.points(setId)).map(({ sizeBytes }) => sizeBytes)).toEqual([3, 3]);
      expect(await discover()).toMatchObject({ isUnchanged: true, passedOver: { name: { count: 1 } } });
      await lay('db/app-20260311.dump', 'more');
      await remove('db/app-20260310.dump');
      expect(told(await discover())).toEqual({ changed: ['db/app-20260311.dump'], missing: ['db/app-20260310.dump'] });
      await lay('db/app-20260310.dump', 'one');
      const again = await discover();
      expect([...again.returned.first, ...again.changed.first]).toEqual(['db/app-20260310.dump']);
    });

    test('that are directories are found, read as deep as they go, and read on where the line was cut', async () => {
      const setId = await world.watch('full-*', { layout: 'directory', timeSource: 'mtime' });
      const content = gzipSync(randomBytes(1_500_000));
      await lay('full-1/', '');
      await lay('full-1/data/a.gz', content);
      await lay('full-1/b.gz', gzipSync('b'));
      expect(told(await discover())).toEqual({ registered: ['full-1'] });
      store.line.cutAfter(800_000, 'down');
      expect(await check(setId, 'full-1')).toMatchObject({ verdict: 'sound', wasReadInFull: true });
      expect(store.line.connections()).toBeGreaterThan(1);
      content.writeUInt8(content.readUInt8(700_000) ^ 1, 700_000);
      await lay('full-1/data/a.gz', content);
      const found = await check(setId, 'full-1');
      expect(found.verdict).toBe('damaged');
      expect(found.findings.map(({ file }) => file)).toContain('full-1/data/a.gz');
    });

    test('that are gone are missing, and a store that is away says nothing about them', async () => {
      const setId = await world.watch('*.gz', { timeSource: 'mtime' });
      await lay('1.gz', gzipSync('one'));
      await discover();
      expect(await check(setId, '1.gz')).toMatchObject({ verdict: 'sound' });
      await remove('1.gz');
      await store.line.refuse(true);
      expect(await world.discover({ remote: store.remote })).toMatchObject({
        outcome: 'unavailable',
        reason: expect.stringContaining('nobody listens'),
      });
      await expect(check(setId, '1.gz')).rejects.toMatchObject({ code: 'repository-unavailable' });
      expect((await world.points(setId))[0]).toMatchObject({ state: 'present', verdict: 'sound' });
      await store.line.refuse(false);
      expect(await check(setId, '1.gz')).toMatchObject({ verdict: 'missing' });
    });
  });

  describe('that Muster takes', () => {
    const world = useCaptureWorld();
    let repository: Repository;
    let source: string;

    const deps = () => ({ ...world.deps, remote: store.remote });
    const current = () => repositoryById(world.database.db, repository.id);
    const newSet = () =>
      world.newSet({ type: 'directory', path: source, format: 'tar.gz' }, { repositoryId: repository.id });
    const take = (set: BackupSet) => takeBackup(deps(), set.id, newJob());
    async function connect(acceptIdentity = false) {
      await connectRepository(deps(), { repositoryId: repository.id, acceptIdentity }, signal);
      return current();
    }

    beforeEach(async () => {
      repository = await world.newRepository();
      await moveRepository(world.database.db, repository, place, store.server.credentials);
      expect((await connect(true)).tested?.failure).toBeUndefined();
      source = await world.newDirectory();
      writeFileSync(join(source, 'a.bin'), randomBytes(1_000_000));
    });

    test('are put there whole, checked as the store gives them back, and found again', async () => {
      const set = await newSet();
      const point = await take(set);
      expect(point).toMatchObject({ verdict: 'sound', own: true, method: 'directory', state: 'present' });
      const names = (await there()).filter((name) => name !== '.muster-repository');
      expect(names.every((name) => name.startsWith(`${point.name}/`))).toBe(true);
      expect(names).toContain(`${point.name}/manifest.json`);
      const found = await discoverExternal({ ...deps(), lister: new RepositoryLister() }, await current(), signal);
      expect(found).toMatchObject({ outcome: 'listed', sets: [{ registered: { count: 0 }, changed: { count: 0 } }] });
      // Bytes that are wrong there are found: nothing that was left here is read.
      const archive = names.find((name) => name.endsWith('.tar.gz')) ?? '';
      await lay(archive, randomBytes(1000));
      expect(await checkOrderedPoint(deps(), set, point.id, newJob())).toMatchObject({ verdict: 'damaged' });
    });

    test('count only with their manifest: a store that goes away in the middle leaves no point', async () => {
      const set = await newSet();
      store.line.cutAfter(500_000, 'up', true);
      await expect(take(set)).rejects.toMatchObject({ code: 'repository-unavailable' });
      expect((await there(set.name)).filter((name) => name.endsWith('manifest.json'))).toEqual([]);
      expect(await listPoints(world.database.db, set.id, { limit: 10, after: undefined })).toEqual([]);
      await store.line.refuse(false);
      const found = await discoverExternal({ ...deps(), lister: new RepositoryLister() }, await current(), signal);
      expect(found).toMatchObject({ outcome: 'listed', sets: [{ registered: { count: 0 } }] });
      expect(await take(set)).toMatchObject({ verdict: 'sound' });
    });

    test('are sent no faster than the repository allows, all of them together', async () => {
      await world.database.db.execute('UPDATE repository SET bytes_per_second_max = 300000 WHERE id = $1', [
        repository.id,
      ]);
      const send = async () => {
        const set = (await newSet()) as ExternalSet;
        const told: number[] = [];
        const options = { set, signal, onSent: (done: number) => void told.push(done) };
        const capture = await openCapturePlace(deps(), await current(), options);
        const pointDirectory = await world.newDirectory();
        writeFileSync(join(pointDirectory, 'bytes'), randomBytes(150_000));
        writeFileSync(join(pointDirectory, 'manifest.json'), '{}');
        await capture.deliver({ pointDirectory, name: 'point', sizeBytes: 150_002 });
        expect(told.at(-1)).toBe(150_002);
        await capture.close();
      };
      const before = performance.now();
      await Promise.all([send(), send()]);
      // A tenth of a second may be caught up with.
      expect(performance.now() - before).toBeGreaterThan(850);
    });

    test('are removed there by retention, and only while a newer one is sound', async () => {
      const set = await newSet();
      const first = await take(set);
      const second = await take(set);
      await world.database.db.execute('UPDATE backup_set SET keep_points = 1 WHERE id = $1', [set.id]);
      expect(await applyRetention(deps(), set, await current())).toEqual([first.name]);
      const points = new Set((await there(`${set.name}/`)).map((name) => name.split('/')[0]));
      expect([...points]).toEqual([second.name.split('/')[1]]);
    });

    test('need a place that can be written to, and that is the one that it was', async () => {
      await remove('.muster-repository');
      expect((await connect()).tested?.failure?.code).toBe('another-directory');
      const anew = await connect(true);
      expect(anew.tested?.failure).toBeUndefined();
      expect(anew.identity).not.toBe(repository.identity);
      expect(await there()).toEqual(['.muster-repository']);
      await moveRepository(world.database.db, repository, place, store.server.stranger);
      expect((await connect()).tested?.failure?.code).toBe('no-permission-to-list');
    });
  });
});
