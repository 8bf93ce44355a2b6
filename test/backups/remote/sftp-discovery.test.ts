import { chmod, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { serialiseManifest } from '../../../src/verification/manifest.ts';
import { createManifest } from '../../../src/verification/manifest-create.ts';
import { told, useExternalWorld } from '../external/support/external-world.ts';
import { give, serveRepository } from './support/serve-repository.ts';
import { NO_SSHD } from './support/sshd.ts';
import { useSftp } from './support/use-sftp.ts';

describe.skipIf(NO_SSHD !== undefined)(`discovery over SFTP${NO_SSHD ?? ''}`, () => {
  const world = useExternalWorld();
  const sftp = useSftp();

  beforeEach(async () => {
    await serveRepository(world.db, await world.repository(), sftp.sshd, sftp.line.port);
    give(world.root);
  });

  const discover = (hoursLater = 2) => {
    give(world.root);
    const { remote } = sftp;
    return world.discoverSet({ remote, hoursLater });
  };

  test('registers what fits, and tells unchanged, changed, gone and back from each other as in a directory here', async () => {
    const setId = await world.watch('db/*-%Y%m%d.dump');
    await world.put('db/app-20260310.dump', 'one', '2026-03-10T01:02:03Z');
    await world.put('db/app-20260311.dump', 'two');
    await world.put('other/app-20260311.dump');
    await symlink('app-20260311.dump', join(world.root, 'db/app-20260312.dump'));
    expect(told(await discover())).toEqual({ registered: ['db/app-20260310.dump', 'db/app-20260311.dump'] });
    const points = await world.points(setId);
    expect(points.map(({ sizeBytes, finishedAt }) => [sizeBytes, String(finishedAt)])).toContainEqual([
      3,
      '2026-03-10T01:02:03Z',
    ]);
    expect(await discover()).toMatchObject({ isUnchanged: true, passedOver: { special: { count: 1 } } });
    await world.put('db/app-20260311.dump', 'more');
    await utimes(join(world.root, 'db/app-20260311.dump'), 1000, 1000);
    await rm(join(world.root, 'db/app-20260310.dump'));
    expect(told(await discover())).toEqual({
      changed: ['db/app-20260311.dump'],
      missing: ['db/app-20260310.dump'],
    });
    await world.put('db/app-20260310.dump', 'one', '2026-03-10T01:02:03Z');
    expect(told(await discover())).toEqual({ returned: ['db/app-20260310.dump'] });
  });

  test('waits until a file stands still', async () => {
    await world.watch('*.dump');
    await world.put('a.dump', 'half');
    expect(told(await discover(0))).toEqual({ waiting: ['a.dump'] });
  });

  test('takes directories and files of one time for points, and reads the time in a manifest there', async () => {
    const setId = await world.watch('full-*', { layout: 'directory', timeSource: 'manifest' });
    for (const name of ['full-1', 'full-2']) {
      await world.put(`${name}/data/a`, name);
      await world.put(`${name}/b`, name);
    }
    await world.put('full-1.txt', 'sorts between');
    const manifest = await createManifest(join(world.root, 'full-1'), [{ path: 'b' }], {
      createdAt: '2026-01-02T03:04:05Z',
      attributes: {},
    });
    await world.put('full-1/manifest.json', serialiseManifest(manifest).toString());
    expect(told(await discover())).toEqual({ registered: ['full-1', 'full-2'] });
    const points = await world.points(setId);
    expect(points.map(({ name, fileCount }) => `${name} ${fileCount}`).sort()).toEqual(['full-1 3', 'full-2 2']);
    expect(String(points.find(({ name }) => name === 'full-1')?.takenAt)).toBe('2026-01-02T03:04:05Z');
  });

  test('calls nothing missing that lies where it may not look', async () => {
    await world.watch('*/*.dump');
    await world.put('a/1.dump');
    await world.put('b/1.dump');
    expect(told(await discover())).toEqual({ registered: ['a/1.dump', 'b/1.dump'] });
    await chmod(join(world.root, 'a'), 0o000);
    const found = await discover();
    await chmod(join(world.root, 'a'), 0o755);
    expect(told(found)).toEqual({});
    expect(found.passedOver.unreadable).toMatchObject({ count: 1, first: ['a'] });
  });

  test('a server that is away, or goes away while it is listed, changes nothing but says so', async () => {
    const setId = await world.watch('**/*.dump');
    for (let file = 0; file < 400; file += 1) await world.put(`${file % 40}/${file}.dump`);
    expect(told(await discover()).registered).toHaveLength(10);
    const before = await world.points(setId);
    await rm(join(world.root, '0'), { recursive: true });
    const { remote } = sftp;
    sftp.line.cutAfter(20_000, 'down');
    expect(await world.discover({ remote })).toMatchObject({ outcome: 'unavailable' });
    await sftp.line.refuse(true);
    expect(await world.discover({ remote })).toMatchObject({
      outcome: 'unavailable',
      reason: expect.stringContaining('nobody listens'),
    });
    expect((await world.repository()).unavailable?.reason).toContain('sftp://');
    expect(await world.points(setId)).toEqual(before);
    await sftp.line.refuse(false);
    expect((await discover()).missing.count).toBe(10);
    expect((await world.repository()).unavailable).toBeUndefined();
  });

  test('another server under the same address is not the repository', async () => {
    const setId = await world.watch('*.dump');
    await world.put('a.dump');
    await discover();
    await world.db.execute(`UPDATE repository SET place = place || jsonb_build_object('hostKey', $1::text)`, [
      `SHA256:${'A'.repeat(43)}`,
    ]);
    const { remote } = sftp;
    await rm(join(world.root, 'a.dump'));
    expect(await world.discover({ remote })).toMatchObject({ outcome: 'unavailable' });
    expect((await world.points(setId)).map(({ state }) => state)).toEqual(['present']);
  });
});
