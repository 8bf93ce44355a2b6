import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkBackups } from '../../src/backups/backup.service.ts';
import type { RecoveryPoint } from '../../src/backups/backup-catalogue.ts';
import { listPoints, newestSoundPoint } from '../../src/backups/catalogue.queries.ts';
import { discoverPoints } from '../../src/backups/discover.ts';
import { listChecks } from '../../src/backups/run.queries.ts';
import { testDetection } from '../../src/backups/self-test.ts';
import { flipped } from '../verification/support/damage.ts';
import { newJob, useBackupWorld } from './support/backup-world.ts';

const world = useBackupWorld();
let point: RecoveryPoint;
let older: RecoveryPoint;
beforeAll(async () => {
  older = await world.take();
  point = await world.take();
});

async function check({ id: pointId, setId }: RecoveryPoint) {
  const [found] = await checkBackups(world.deps, { setId, pointId, budgetSeconds: 1 }, newJob());
  return found;
}

/** Keeps the point's directory aside while something is done to it. */
async function whileChanged(change: (directory: string) => Promise<void>, work: () => Promise<void>): Promise<void> {
  const directory = world.directoryOf(point);
  const aside = `${directory}.aside`;
  await cp(directory, aside, { recursive: true, preserveTimestamps: true });
  try {
    await change(directory);
    await work();
  } finally {
    await rm(directory, { recursive: true, force: true });
    await rename(aside, directory);
  }
}

const edit = (file: string, change: (bytes: Buffer) => Buffer) => async (directory: string) => {
  const path = join(directory, file);
  await writeFile(path, change(await readFile(path)));
};

describe('damage to a stored point is found, and the finding says where', () => {
  const damages: [string, string, string, (directory: string) => Promise<void>][] = [
    ['one flipped byte', 'base.tar.zst', 'altered damaged', edit('base.tar.zst', (bytes) => flipped(bytes, 100_000))],
    [
      'one flipped byte in the log',
      'wal.tar.zst',
      'altered damaged',
      edit('wal.tar.zst', (bytes) => flipped(bytes, 999)),
    ],
    ['a lost end', 'base.tar.zst', 'damaged', (directory) => truncate(join(directory, 'base.tar.zst'), 200_000)],
    ['an emptied file', 'wal.tar.zst', 'damaged', (directory) => truncate(join(directory, 'wal.tar.zst'), 0)],
    ['a missing file', 'wal.tar.zst', 'missing', (directory) => rm(join(directory, 'wal.tar.zst'))],
    ['a changed record', 'record.json', 'altered damaged', edit('record.json', (bytes) => flipped(bytes, 40))],
    ['a changed manifest', 'manifest.json', 'altered damaged', edit('manifest.json', (bytes) => flipped(bytes, 300))],
    ['a missing manifest', 'manifest.json', 'missing', (directory) => rm(join(directory, 'manifest.json'))],
    ['a strange file', 'notes.txt', 'suspect', (directory) => writeFile(join(directory, 'notes.txt'), 'x')],
  ];

  test.each(damages)('%s (%s)', async (_what, file, verdicts, change) => {
    await whileChanged(change, async () => {
      const found = await check(point);
      expect(verdicts.split(' ')).toContain(found?.verdict);
      expect(found?.findings[0]?.file).toBe(file);
      expect(found?.selfTest).toBeUndefined();
      expect(await world.refreshed(point)).toMatchObject({ state: 'present', verdict: found?.verdict });
      expect(await newestSoundPoint(world.db, point.setId)).toMatchObject({ id: older.id });
      const [recorded] = await listChecks(world.db, point.id, { limit: 1 });
      expect(recorded?.findings).toEqual(JSON.parse(JSON.stringify(found?.findings)));
    });
    expect(await check(point)).toMatchObject({ verdict: 'sound' });
  });

  test('the range of the finding holds the byte that was changed', async () => {
    const offset = 1_000_000;
    await whileChanged(
      edit('base.tar.zst', (bytes) => flipped(bytes, offset)),
      async () => {
        const finding = (await check(point))?.findings[0];
        expect(finding?.offset).toBeLessThanOrEqual(offset);
        expect(finding?.endOffset).toBeGreaterThan(offset);
      },
    );
  });

  test('another sound point in its place is not this point', async () => {
    const replace = async (directory: string) => {
      await rm(directory, { recursive: true });
      await cp(world.directoryOf(older), directory, { recursive: true });
    };
    await whileChanged(replace, async () => {
      expect(await check(point)).toMatchObject({
        verdict: 'altered',
        findings: [expect.objectContaining({ kind: 'altered', file: 'manifest.json', expected: point.digest })],
      });
    });
  });

  test('a point whose directory is gone is missing, and sound again once it is back', async () => {
    const directory = world.directoryOf(point);
    await rename(directory, `${directory}.aside`);
    expect(await check(point)).toMatchObject({ verdict: 'missing', level: undefined });
    expect(await world.refreshed(point)).toMatchObject({ state: 'missing', verdict: 'missing' });
    await rename(`${directory}.aside`, directory);
    expect(await check(point)).toMatchObject({ verdict: 'sound' });
    expect(await world.refreshed(point)).toMatchObject({ state: 'present', verdict: 'sound' });
  });
});

describe('discovery', () => {
  const discover = async () => discoverPoints(world.deps, await world.set(), await world.repository());
  const setDirectory = () => world.directoryOf({ name: '' });

  test('finds nothing new where the catalogue is right', async () => {
    const before = await Promise.all([older, point].map(world.refreshed));
    expect(await discover()).toEqual({ registered: [], missing: [], returned: [] });
    expect(await Promise.all([older, point].map(world.refreshed))).toEqual(before);
  });

  test('enters a point that was taken without the catalogue, as our own when our key signed it', async () => {
    const before = await world.cluster.capture({ setName: 'muster-database' });
    const { privateKey } = generateKeyPairSync('ed25519');
    const foreign = await world.cluster.capture({ setName: 'muster-database', signingKey: privateKey });
    expect(await discover()).toMatchObject({ registered: [before.name, foreign.name].toSorted() });
    const listed = await listPoints(world.db, point.setId, { limit: 2 });
    expect(listed.map(({ name, own, digest, verdict }) => ({ name, own, digest, verdict }))).toEqual([
      { name: foreign.name, own: false, digest: foreign.digest, verdict: undefined },
      { name: before.name, own: true, digest: before.digest, verdict: undefined },
    ]);
    expect(listed[1]?.takenAt.epochMilliseconds).toBe(new Date(before.record.takenAt).getTime());
    const [ours, theirs] = [listed[1] as RecoveryPoint, listed[0] as RecoveryPoint];
    expect(await check(ours)).toMatchObject({ verdict: 'sound' });
    expect(await check(theirs)).toMatchObject({ verdict: 'unverifiable' });
    for (const { name } of [before, foreign]) await rm(join(setDirectory(), name), { recursive: true });
    expect(await discover()).toMatchObject({ missing: expect.arrayContaining([before.name, foreign.name]) });
  });

  test('enters a point that is damaged from the start, and its check says so', async () => {
    const name = '20260101T000000Z-0badf00d';
    await mkdir(join(setDirectory(), name));
    await writeFile(join(setDirectory(), name, 'base.tar.zst'), '');
    expect(await discover()).toMatchObject({ registered: [name] });
    const entered = (await listPoints(world.db, point.setId, { limit: 9 })).find((found) => found.name === name);
    expect(entered).toMatchObject({ method: 'unknown', own: false, sizeBytes: 0, digest: undefined });
    expect(entered?.takenAt.toString()).toBe('2026-01-01T00:00:00Z');
    expect(['damaged', 'missing']).toContain((await check(entered as RecoveryPoint))?.verdict);
    await rm(join(setDirectory(), name), { recursive: true });
  });

  test('looks only at what is named like a point', async () => {
    await mkdir(join(setDirectory(), '.unfinished-x'));
    await writeFile(join(setDirectory(), 'README'), 'x');
    expect((await discover()).registered).toEqual([]);
    await rm(join(setDirectory(), '.unfinished-x'), { recursive: true });
  });

  test('takes a deleted point that somebody put back as one that nobody has checked', async () => {
    await world.db.execute(`UPDATE recovery_point SET state = 'deleted' WHERE id = $1`, [older.id]);
    expect(await discover()).toMatchObject({ returned: [older.name] });
    expect(await world.refreshed(older)).toMatchObject({ state: 'present', verdict: undefined });
  });
});

describe('the proof that a check sees damage', () => {
  const prove = (verify?: NonNullable<Parameters<typeof testDetection>[0]['verify']>) =>
    testDetection({
      pointDirectory: world.directoryOf(point),
      sandboxRoot: world.deps.sandboxRoot,
      publicKeys: world.deps.publicKeys,
      log: world.deps.log,
      ...(verify === undefined ? {} : { verify }),
    });

  test('changes a byte of a copy only, wherever it is, and finds it there', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { offset, finding } = await prove();
      expect(finding.offset).toBeLessThanOrEqual(offset);
      expect(finding.endOffset).toBeGreaterThan(offset);
    }
    expect(await check(point)).toMatchObject({ verdict: 'sound' });
    expect(await readdir(world.deps.sandboxRoot)).toEqual([]);
  });

  test('fails loudly when the check finds nothing, or finds it in another place', async () => {
    await expect(prove(async () => ({ findings: [] }))).rejects.toMatchObject({ code: 'self-test-blind' });
    const elsewhere = {
      kind: 'corrupt',
      file: 'base.tar.zst',
      offset: 1e12,
      endOffset: 2e12,
      message: 'far away',
    } as const;
    await expect(prove(async () => ({ findings: [elsewhere] }))).rejects.toMatchObject({
      kind: 'internal',
      code: 'self-test-blind',
    });
    expect(await readdir(world.deps.sandboxRoot)).toEqual([]);
  });
});
