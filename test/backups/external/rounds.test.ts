import { appendFile, mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSet } from '../../../src/backups/backup-catalogue.ts';
import { listPoints } from '../../../src/backups/catalogue.queries.ts';
import { eventually } from '../../system/eventually.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { useSetsWorld } from './support.ts';

const world = useSetsWorld();
const ending = new AbortController();
const SECONDS_MAX = 50;
let base: string;
let root: string;
let repositoryId: string;
let set: BackupSet;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'mrd-')));
  root = join(base, 'backups');
  await mkdir(join(root, 'db'), { recursive: true });
  await world.queue.startWorkers({ tags: ['default'], signal: ending.signal });
});
afterAll(async () => {
  ending.abort();
  await rm(base, { recursive: true, force: true });
});

const backupOf = (day: string) => join(root, 'db', `app-${day}.tar.gz`);
const points = () => listPoints(world.database.db, set.id, { limit: 10 });
const verdicts = async () =>
  Object.fromEntries((await points()).map(({ name, verdict }) => [name.slice(-15, -7), verdict]));

/** Lists the repository again and again, as the schedule does, until the points stand as they should. */
async function untilFound(expected: Readonly<Record<string, string>>): Promise<void> {
  await eventually(`the points are ${JSON.stringify(expected)}`, SECONDS_MAX, async () => {
    await world.post(`/repositories/${repositoryId}/discover`, undefined, 202);
    return JSON.stringify(await verdicts()) === JSON.stringify(expected) || undefined;
  });
}

const told = async () =>
  (await world.database.db.rows<{ summary: string }>('SELECT summary FROM notice ORDER BY id')).map(
    ({ summary }) => summary,
  );

describe('the rounds over backups that another tool makes', () => {
  it('begin with a connection test, which writes nothing', async () => {
    repositoryId = await world.repository({ root });
    await eventually('it is connected', SECONDS_MAX, async () => {
      const { identity } = await world.get(`/repositories/${repositoryId}`);
      return typeof identity === 'string' || undefined;
    });
    set = await world.set({ repositoryId, pattern: 'db/app-%Y%m%d.tar.gz', settleSeconds: 1, rpoSeconds: 315_360_000 });
  });

  it('find new backups, read them in full, and know which is sound', async () => {
    const sound = gzipSync(tarOf({ path: 'a', data: 'some text' }, { path: 'b', data: 'x'.repeat(10_000) }));
    await writeFile(backupOf('20261120'), sound);
    await writeFile(backupOf('20261121'), sound.subarray(0, sound.length - 9));
    await untilFound({ '20261121': 'damaged', '20261120': 'sound' });
    const [cut, good] = await points();
    expect(good).toMatchObject({
      digestOrigin: 'first-read',
      format: 'tar.gz',
      entries: 2,
      verifiedLevel: 'structure',
    });
    const { items } = (await world.get(`/recovery-points/${cut?.id}/checks`)) as unknown as {
      items: { findings: { kind: string; file: string }[] }[];
    };
    expect(items[0]?.findings[0]).toMatchObject({ kind: 'truncated', file: 'db/app-20261121.tar.gz' });
    expect(await told()).toEqual([expect.stringMatching(/app-20261121\.tar\.gz is damaged/)]);
  });

  it('notice what was changed, and what is gone', async () => {
    await appendFile(backupOf('20261120'), 'x');
    await rm(backupOf('20261121'));
    // Its bytes are not those on record; the gzip has something behind its end, too, which follows from that.
    await untilFound({ '20261121': 'missing', '20261120': 'altered' });
    expect(await told()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/a recovery point is missing: db\/app-20261121\.tar\.gz/),
        expect.stringMatching(/a recovery point is altered: db\/app-20261120\.tar\.gz/),
      ]),
    );
  });

  it('change nothing while the repository is away', async () => {
    await rename(root, `${root}.away`);
    await world.post(`/repositories/${repositoryId}/discover`, undefined, 202);
    await eventually('it is known to be away', SECONDS_MAX, async () => {
      const { unavailable } = await world.get(`/repositories/${repositoryId}`);
      return unavailable !== null || undefined;
    });
    expect(await verdicts()).toEqual({ '20261121': 'missing', '20261120': 'altered' });
    await rename(`${root}.away`, root);
    await untilFound({ '20261121': 'missing', '20261120': 'altered' });
  });

  it('go on by themselves: the watch has every repository listed', async () => {
    await writeFile(backupOf('20261122'), gzipSync(tarOf({ path: 'c', data: 'more' })));
    await eventually('the new backup is found', SECONDS_MAX, async () => {
      await world.database.db.transaction((tx) => world.queue.enqueue(tx, 'backup.watch', {}));
      return (await verdicts())['20261122'] === 'sound' || undefined;
    });
  });

  it('end when the repository is retired with its sets', async () => {
    const { version } = await world.get(`/backup-sets/${set.id}`);
    await world.retire(`/backup-sets/${set.id}`, version);
    await world.retire(`/repositories/${repositoryId}`, (await world.get(`/repositories/${repositoryId}`)).version);
    await world.post(`/repositories/${repositoryId}/discover`, undefined, 409);
  });
});
