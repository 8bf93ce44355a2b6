import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, open, readFile, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CapturedPoint } from '../../src/backups/point-writer.ts';
import { phasesOf, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { type DrillRun, exitStatusOf } from '../../src/drills/run.ts';
import { isSoak } from '../support/scale.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { leftovers, NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const world = useDrillWorld();

async function flipByte(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x01]), 0, 1, offset);
}

/** The drill found the damage where it had to: nothing was unpacked, and both verdicts say why. */
async function expectStoppedAtVerify(run: DrillRun, verdict: string, where: RegExp): Promise<void> {
  const phases = await phasesOf(world.db, run.id);
  const status = Object.fromEntries(phases.map((phase) => [phase.phase, phase.status]));
  expect(status).toMatchObject({
    ...{ provision: 'done', fetch: 'done', verify: 'failed', restore: 'not reached', validate: 'not reached' },
    cleanup: 'done',
  });
  expect(run).toMatchObject({
    ...{ status: 'failed', validation: 'not reached', cleanup: 'done', technicalRtaSeconds: null },
    ...{ procedure: 'failed', availability: 'failed' },
  });
  expect(run.procedureReason).toMatch(new RegExp(`^the backup is ${verdict}: `));
  expect(run.availabilityReason).toMatch(new RegExp(`^not there in sound form: the backup is ${verdict}: `));
  expect(run.procedureReason).toMatch(where);
  expect(run.availabilityReason).toMatch(where);
  expect(run.findings.length).toBeGreaterThan(0);
  const targets = await targetsOf(world.db, run.id);
  // The age of a backup that cannot be restored measures nothing: no target is met by it.
  expect(targets.map((target) => target.result)).toEqual(Array(4).fill('not measured'));
  expect(exitStatusOf(run, targets)).toBe(1);
  expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
}

const damages: readonly {
  readonly name: string;
  readonly verdict: string;
  readonly where: RegExp;
  readonly harm: (point: CapturedPoint) => Promise<void>;
  /** Of the kind of another one: a soak run alone looks at it as well. */
  readonly soak?: true;
}[] = [
  {
    name: 'one flipped bit in the archive',
    verdict: 'damaged|altered',
    where: /base\.tar\.zst/,
    harm: ({ pointDirectory }) => flipByte(join(pointDirectory, 'base.tar.zst'), 100_000),
  },
  {
    name: 'a truncated archive',
    verdict: 'damaged',
    where: /base\.tar\.zst/,
    harm: ({ pointDirectory }) => truncate(join(pointDirectory, 'base.tar.zst'), 500_000),
    soak: true,
  },
  {
    name: 'an emptied write-ahead log',
    verdict: 'damaged',
    where: /wal\.tar\.zst/,
    harm: ({ pointDirectory }) => truncate(join(pointDirectory, 'wal.tar.zst'), 0),
    soak: true,
  },
  {
    name: 'a missing file',
    verdict: 'missing',
    where: /wal\.tar\.zst/,
    harm: ({ pointDirectory }) => unlink(join(pointDirectory, 'wal.tar.zst')),
  },
  {
    name: 'a changed manifest',
    verdict: 'altered',
    where: /manifest/i,
    harm: async ({ pointDirectory }) => {
      const path = join(pointDirectory, 'manifest.json');
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/"decodedBytes": (\d)/, '"decodedBytes": 9$1'));
    },
  },
  {
    name: 'a named pipe in the place of a file',
    verdict: 'hostile|missing|damaged|suspect',
    where: /wal\.tar\.zst/,
    harm: async ({ pointDirectory }) => {
      await unlink(join(pointDirectory, 'wal.tar.zst'));
      await once(spawn('sh', ['-c', 'mkfifo "$1"', 'sh', join(pointDirectory, 'wal.tar.zst')]), 'exit');
    },
  },
  {
    name: 'a recovery point that is gone',
    verdict: 'missing',
    where: /manifest|not there/i,
    harm: ({ pointDirectory }) => rm(pointDirectory, { recursive: true }),
  },
];

describe('damage in the stored backup', () => {
  test.each(damages.filter(({ soak }) => isSoak || !soak))(
    '$name stops the drill at verify, and both verdicts say why',
    async ({ harm, verdict, where }) => {
      const point = await world.capture();
      await harm(point);
      const run = await world.drill();
      await expectStoppedAtVerify(run, `(${verdict})`, where);
    },
  );

  test('a whole recovery point of another day in its place is not taken for it', async () => {
    const older = await world.capture();
    const newer = await world.capture();
    await rm(newer.pointDirectory, { recursive: true });
    await cp(older.pointDirectory, newer.pointDirectory, { recursive: true });
    await expectStoppedAtVerify(await world.drill(), 'altered', /exchanged/);
  });

  test('is noted in the catalogue, and opens an action of the service’s owner that the next good run closes', async () => {
    const point = await world.capture();
    await truncate(join(point.pointDirectory, 'base.tar.zst'), 1000);
    const failed = await world.drill();
    expect(await world.db.rows('SELECT verdict FROM recovery_point WHERE id = $1', [failed.recoveryPointId])).toEqual([
      { verdict: 'damaged' },
    ]);
    const [owner] = await world.db.rows<{ id: string }>(`SELECT owner_id AS id FROM service WHERE system`);
    const open = `SELECT owner_id, subject, closed_by_run FROM drill_action WHERE subject = 'run' ORDER BY created_at DESC LIMIT 1`;
    expect(await world.db.rows(open)).toEqual([{ owner_id: owner?.id, subject: 'run', closed_by_run: null }]);
    const report = reportSchema.parse(JSON.parse((await findEvidence(world.db, failed.id))?.report ?? ''));
    expect(report.findings[0]).toMatchObject({ file: 'base.tar.zst', kind: 'truncated' });
    expect(report.actions.some((action) => action.subject === 'run')).toBe(true);

    await world.capture();
    const passed = await world.drill();
    expect(passed.procedure).toBe('passed');
    expect(await world.db.rows(open)).toEqual([{ owner_id: owner?.id, subject: 'run', closed_by_run: passed.id }]);
  });
});

describe('a repository that is not mounted', () => {
  const aside = () => `${world.places.repository}.aside`;
  afterEach(async () => {
    await rm(world.places.repository, { recursive: true, force: true });
    await rename(aside(), world.places.repository);
  });

  test('is unavailable, not damaged: the catalogue keeps its verdict', async () => {
    const point = await world.capture();
    await rename(world.places.repository, aside());
    await mkdir(world.places.repository);
    const run = await world.drill();
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', availability: 'failed', cleanup: 'done' });
    expect(run.availabilityReason).toMatch(/^the backup is not there: .*is the disk mounted\?/);
    expect(await world.db.rows('SELECT verdict, state FROM recovery_point WHERE name = $1', [point.name])).toEqual([
      { verdict: null, state: 'present' },
    ]);
  });
});
