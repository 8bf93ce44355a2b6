import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { extractPoint } from '../../../src/backups/extract.ts';
import { segmentFile } from '../../../src/backups/log-archive/archive-directory.ts';
import { layOutHistories, layOutLog } from '../../../src/backups/log-archive/lay-out-log.ts';
import { lsnOf } from '../../../src/backups/log-position.ts';
import type { BaseBackupRecord } from '../../../src/backups/point-record.ts';
import { readPointRecord } from '../../../src/backups/point-record.ts';
import { type RecoveryGoal, startRestored } from '../../../src/backups/start-restored.ts';
import { driverSettings } from '../../../src/database/connection.ts';
import { DATABASE_NAME, SUPERUSER } from '../../../src/database/embedded-database.ts';
import type { RunningCluster } from '../../../src/database/server/cluster.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from '../../drills/support/drilling.ts';
import { useArchiveWorld } from '../support/archive-world.ts';
import { runOn } from '../support/backup-cluster.ts';

const world = useArchiveWorld();
const drilling = useDrilling(() => world.cluster.service);
let pointDirectory = '';
let record: BaseBackupRecord;
/** When the first rows were there, and the second were not. */
let between = '';
let restored: RunningCluster | undefined;

beforeAll(async () => {
  await world.archive();
  await runOn(world.cluster.owner, 'CREATE TABLE diary (entry text)');
  pointDirectory = world.directoryOf(await world.take());
  const read = await readPointRecord(pointDirectory);
  if (read.method !== 'base-backup') throw new Error('the test needs a base backup');
  record = read;
  await world.run(`INSERT INTO diary VALUES ('before')`);
  await world.fillSegments(2);
  const [row] = await world.db.rows<{ at: Date }>('SELECT clock_timestamp() AS at');
  between = row?.at.toISOString() ?? '';
  await world.run('SELECT pg_sleep(0.01)', `INSERT INTO diary VALUES ('after')`);
  await world.caughtUp();
}, 120_000);

afterEach(async () => {
  await restored?.stop('immediate');
  restored = undefined;
});

/** An extracted copy of the point, with the log laid out that is asked for. */
async function prepared(options: { readonly untilLsn?: bigint; readonly setDirectory?: string } = {}) {
  const target = join(await world.cluster.newDirectory(), 'pgdata');
  await extractPoint({ pointDirectory, target, publicKeys: world.cluster.publicKeys });
  const place = { setDirectory: options.setDirectory ?? dirname(pointDirectory), record, dataDirectory: target };
  const laidOut = await layOutLog({
    ...place,
    untilLsn: options.untilLsn,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  await layOutHistories(place.setDirectory, record, target);
  return { target, laidOut };
}

async function recover(dataDirectory: string, goal: RecoveryGoal) {
  restored = await startRestored({ ...world.cluster.server, dataDirectory, record, goal, settings: { fsync: 'off' } });
  const client = new Client(driverSettings(restored.connection(DATABASE_NAME, SUPERUSER), 'test'));
  await client.connect();
  try {
    const { rows } = await client.query<{ entry: string }>('SELECT entry FROM diary');
    const timeline = await client.query<{ name: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name');
    return { entries: rows.map(({ entry }) => entry), timeline: timeline.rows[0]?.name.slice(0, 8) };
  } finally {
    await client.end();
  }
}

describe('recovery with the archived log', () => {
  test('to a moment brings back what was committed before it, and nothing of what came after', async () => {
    const { target, laidOut } = await prepared();
    expect(laidOut).toMatchObject({ cutShort: undefined });
    expect(laidOut.segments).toBeGreaterThan(2);
    expect(await recover(target, { kind: 'time', at: between })).toEqual({ entries: ['before'], timeline: '00000002' });
  });

  test('to the end brings back everything, the segment included that was not complete; beside known timelines it begins another', async () => {
    const history = join(await world.directory(), '00000002.history');
    await copyFile(join(pointDirectory, 'record.json'), history);
    const { target } = await prepared();
    await rm(history);
    expect(await recover(target, { kind: 'end' })).toEqual({ entries: ['before', 'after'], timeline: '00000003' });
  });

  test('to a moment that the log does not reach fails, and does not pass for done', async () => {
    const { target } = await prepared();
    await expect(recover(target, { kind: 'time', at: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'postgres-start-failed',
      message: expect.stringContaining('recovery ended before configured recovery target was reached'),
    });
  });

  test('takes no more of the log than is needed', async () => {
    const all = (await prepared()).laidOut.segments;
    const untilLsn = lsnOf(record.walEndLsn) + 1n;
    expect(all).toBeGreaterThan(1);
    expect((await prepared({ untilLsn })).laidOut).toEqual({ segments: 1, cutShort: undefined });
  });

  test('goes as far as the archive does without a gap, and says so', async () => {
    const { segments } = await world.listing();
    const directory = await world.directory();
    const copy = join(await world.cluster.newDirectory(), 'set');
    const archive = join(copy, 'wal', record.systemIdentifier);
    await mkdir(archive, { recursive: true });
    for (const name of await readdir(directory)) await copyFile(join(directory, name), join(archive, name));
    const last = segments.at(-1) ?? '';
    await rm(join(archive, segmentFile(last)));
    const { laidOut } = await prepared({ setDirectory: copy });
    expect(laidOut.cutShort).toBe(`the archived log has a gap at ${last}`);
    expect((await prepared({ setDirectory: await world.cluster.newDirectory() })).laidOut.segments).toBe(0);
  });
});

describe('a drill of recovery to a point in time', () => {
  const diary = (recoverTo: 'latest' | { time: string }, equals: string) =>
    drillOf({
      recoveryPoint: { set: 'muster-database', select: 'latest' },
      steps: [...FETCH_VERIFY_EXTRACT, { step: 'postgres', recoverTo }],
      validation: [{ check: 'sql', query: `SELECT string_agg(entry, ', ') FROM diary`, expect: { equals } }],
    });

  async function drillOf(definition: Parameters<typeof drilling.drill>[0]) {
    const { keyring } = await drilling.deps();
    const [publicKey = keyring.publicKey] = world.cluster.publicKeys;
    return drilling.drill(definition, { keyring: { ...keyring, publicKey } });
  }

  test('brings back what there was at an instant, or as far as the log goes', async () => {
    const { run, said } = await diary({ time: between }, 'before');
    expect(run).toMatchObject({ status: 'completed', validation: 'passed' });
    expect(said.restore).toContain(`recovered to ${between}`);
    expect((await diary('latest', 'before, after')).run).toMatchObject({ status: 'completed', validation: 'passed' });
  }, 120_000);

  test('fails for a moment that the log does not reach, or that lies before the backup', async () => {
    const late = await diary({ time: '2999-01-01T00:00:00Z' }, 'before');
    expect(late.run).toMatchObject({ status: 'failed', procedure: 'failed' });
    expect(late.run.statusReason).toContain('before configured recovery target was reached');
    const early = await diary({ time: '2020-01-01T00:00:00Z' }, 'before');
    expect(early.run.statusReason).toContain('choose an older one with select: at');
  }, 120_000);
});
