import { existsSync } from 'node:fs';
import { copyFile, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkArchiveOf } from '../../../src/backups/log-archive/archive-check.ts';
import { segmentFile, unfinishedFile } from '../../../src/backups/log-archive/archive-directory.ts';
import { trimLogArchive } from '../../../src/backups/log-archive/trim-log-archive.ts';
import { lsnOf } from '../../../src/backups/log-position.ts';
import { eventually } from '../../system/eventually.ts';
import { flipped } from '../../verification/support/damage.ts';
import { useArchiveWorld } from '../support/archive-world.ts';
import { runOn } from '../support/backup-cluster.ts';
import { newJob } from '../support/backup-world.ts';

const world = useArchiveWorld();

const check = async () => checkArchiveOf(world.deps, (await world.set()).id, newJob());

async function kinds() {
  const found = await check();
  return { verdict: found?.verdict, kinds: found?.findings.map(({ kind }) => kind) };
}

const isAbout = (action: string) =>
  world.db.rows<{ details: Record<string, unknown> }>('SELECT details FROM audit_entry WHERE action = $1 ORDER BY id', [
    action,
  ]);

describe('archiving the log', () => {
  test('begins once, with the log that a backup needs which is taken afterwards', async () => {
    expect(await check()).toBeUndefined();
    await world.archive();
    await world.caughtUp();
    await world.fillSegments(2);
    const point = await world.take();
    await world.caughtUp();
    expect(point.verdict).toBe('sound');
    const { segments } = await world.listing();
    expect(segments.length).toBeGreaterThanOrEqual(1);
    expect(await world.state()).toMatchObject({ state: 'archiving', failure: undefined, gap: undefined });
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
    expect(await isAbout('log-archive.begin')).toHaveLength(1);
    // The first backup of an installation is taken anyway.
    expect(world.ordered()).toBe(0);
  });

  test('goes on where it was after a stop, which leaves nothing behind that was written before', async () => {
    const archiver = await world.archive();
    await world.caughtUp();
    await runOn(
      world.cluster.owner,
      'CREATE TABLE IF NOT EXISTS noted (at integer)',
      'INSERT INTO noted SELECT generate_series(1, 1000)',
    );
    const [written] = await world.db.rows<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    await archiver.stop();
    const stopped = await world.state();
    expect(stopped?.state).toBe('stopped');
    expect(lsnOf(stopped?.archivedLsn)).toBeGreaterThanOrEqual(lsnOf(written?.lsn));
    await world.fillSegments(1);
    await world.archive();
    await world.caughtUp();
    const found = await check();
    expect(found).toMatchObject({ verdict: 'sound', findings: [] });
    expect(found?.segmentsChecked).toBeGreaterThanOrEqual(1);
    expect(await isAbout('log-archive.gap')).toEqual([]);
    expect(world.ordered()).toBe(0);
  });

  test('is done by one process of several; another one takes over when that one ends', async () => {
    const first = await world.archive();
    await world.caughtUp();
    const second = await world.archive({ isSecond: true });
    await world.fillSegments(1);
    await world.caughtUp();
    expect([first.lagSeconds(), second.lagSeconds()]).toEqual([expect.any(Number), undefined]);
    expect(second.failure()).toBeUndefined();
    await first.stop();
    await eventually('the other one archives', 60, () => second.lagSeconds() !== undefined || undefined);
    await world.fillSegments(1);
    await world.caughtUp();
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });

  test('lags by what is written and not yet on the disk of the repository, and by nothing once it is', async () => {
    const archiver = await world.archive();
    await world.caughtUp();
    await eventually('nothing is behind', 60, () => archiver.lagSeconds() === 0 || undefined);
  });
});

describe('a repository that goes away', () => {
  test('stops the archive and is told; nothing is confirmed meanwhile, and it goes on by itself when the disk is back', async () => {
    const archiver = await world.archive();
    await world.caughtUp();
    const root = world.cluster.repositoryRoot;
    const held = await world.state();
    await rename(root, `${root}.away`);
    await world.fillSegments(2);
    const failure = await eventually('the failure is on record', 60, async () => (await world.state())?.failure);
    expect(failure).toMatchObject({ code: 'repository-unavailable', message: expect.stringContaining(root) });
    expect(archiver.failure()).toBe(failure.message);
    expect(existsSync(root)).toBe(false);
    const lost = await world.state();
    expect(lost?.behindBytes).toBeGreaterThan(16_777_216);
    await expect(check()).rejects.toMatchObject({ code: 'repository-unavailable' });

    await rename(`${root}.away`, root);
    await world.caughtUp();
    expect(await world.state()).toMatchObject({ state: 'archiving', failure: undefined, gap: undefined });
    expect(held?.begunAt).toEqual((await world.state())?.begunAt);
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });
});

describe('a check of the archive', () => {
  test.each([
    [
      'a changed byte',
      'damaged',
      'corrupt',
      async (file: string) => writeFile(file, flipped(await readFile(file), 100)),
    ],
    ['a lost end', 'damaged', 'truncated', async (file: string) => truncate(file, (await stat(file)).size - 10)],
    ['a lost segment', 'missing', 'missing', (file: string) => rm(file)],
  ])('finds %s: %s', async (_, verdict, kind, damage) => {
    const { segments } = await world.listing();
    const file = join(await world.directory(), segmentFile(segments.at(-1) ?? ''));
    await copyFile(file, `${file}.kept`);
    await damage(file);
    expect(await kinds()).toEqual({ verdict, kinds: [kind] });
    expect((await world.state())?.check).toMatchObject({ verdict, findings: [{ kind }] });
    await rename(`${file}.kept`, file);
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });

  test('finds another segment under the name of one', async () => {
    const { segments } = await world.listing();
    const [before, last] = segments.slice(-2).map(segmentFile);
    const directory = await world.directory();
    const file = join(directory, last ?? '');
    await copyFile(file, `${file}.kept`);
    await copyFile(join(directory, before ?? ''), file);
    expect(await kinds()).toMatchObject({ verdict: 'damaged' });
    await rename(`${file}.kept`, file);
  });

  test('finds that the segment that is being filled has lost what the server no longer keeps', async () => {
    await world.run(`SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))`);
    const archiver = await world.archive();
    await world.caughtUp();
    await archiver.stop();
    const { unfinished } = await world.listing();
    const file = join(await world.directory(), unfinishedFile(unfinished.at(-1) ?? ''));
    await copyFile(file, `${file}.kept`);
    await truncate(file, 8192);
    expect(await kinds()).toEqual({ verdict: 'damaged', kinds: ['truncated'] });
    await rm(file);
    expect(await kinds()).toEqual({ verdict: 'missing', kinds: ['missing'] });
    await rename(`${file}.kept`, file);
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });

  test('is in the audit trail', async () => {
    const verdicts = (await isAbout('log-archive.check')).map(({ details }) => details.verdict);
    expect(verdicts).toContain('missing');
    expect(verdicts.at(-1)).toBe('sound');
  });
});

describe('retention', () => {
  test('removes what is older than the oldest kept backup, once that is sound, and nothing else', async () => {
    await world.archive();
    const [set, repository] = [await world.set(), await world.repository()];
    await world.caughtUp();
    const before = await world.listing();
    expect(await trimLogArchive(world.deps, set, repository)).toEqual([]);
    await world.db.execute('UPDATE backup_set SET keep_points = 1 WHERE id = $1', [set.id]);
    await world.fillSegments(1);
    await world.take();
    // Retention goes by younger points: with this one the first leaves.
    await world.take();
    const { segments } = await world.listing();
    expect(segments).not.toContain(before.segments[0]);
    const oldest = segments[0] ?? '';
    await world.db.execute(`UPDATE recovery_point SET verdict = 'damaged' WHERE set_id = $1`, [set.id]);
    await world.fillSegments(1);
    expect(await trimLogArchive(world.deps, set, repository)).toEqual([]);
    expect((await world.listing()).segments).toContain(oldest);
    await world.db.execute(`UPDATE recovery_point SET verdict = 'sound' WHERE set_id = $1`, [set.id]);
    await world.caughtUp();
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });
});

describe('log that is lost', () => {
  test('is a gap: on record, told once, a finding of the check, and a backup is ordered', async () => {
    const slot = await world.slot;
    await world.archive().then((archiver) => world.caughtUp().then(() => archiver.stop()));
    const before = await world.listing();
    world.ordered();
    await world.run(`ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`, 'SELECT pg_reload_conf()');
    // Segments behind the slot are given up, and removed by the next checkpoint.
    await world.fillSegments(4);
    await world.run('CHECKPOINT');
    await world.fillSegments(2);
    await world.run('CHECKPOINT');
    const [kept] = await world.db.rows<{ wal_status: string }>(
      'SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    expect(kept?.wal_status).toBe('lost');
    await world.run('ALTER SYSTEM RESET max_slot_wal_keep_size', 'SELECT pg_reload_conf()');

    const archiver = await world.archive();
    await world.caughtUp();
    const state = await world.state();
    expect(state?.gap).toMatchObject({ timeline: 1 });
    expect(world.ordered()).toBe(1);
    expect(await isAbout('log-archive.gap')).toMatchObject([{ details: { slot: 'lost' } }]);
    const found = await check();
    expect(found).toMatchObject({ verdict: 'missing', findings: [{ kind: 'missing' }] });
    expect((await world.listing()).segments).toEqual(expect.arrayContaining([...before.segments]));

    await archiver.stop();
    await world.archive();
    await world.fillSegments(1);
    await world.caughtUp();
    expect(await isAbout('log-archive.gap')).toHaveLength(1);
    expect(world.ordered()).toBe(0);
    // With backups from after the gap alone, nobody needs what is lost.
    await world.take();
    await world.take();
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });

  test('a slot that somebody dropped is made again, and what the server still has is no gap', async () => {
    const archiver = await world.archive();
    await world.caughtUp();
    await archiver.stop();
    await world.run(`SELECT pg_drop_replication_slot('${await world.slot}')`);
    await world.archive();
    await eventually('it archives again', 20, async () => (await world.state())?.state === 'archiving' || undefined);
    await world.fillSegments(1);
    await world.caughtUp();
    expect(await isAbout('log-archive.gap')).toHaveLength(1);
    expect(await kinds()).toEqual({ verdict: 'sound', kinds: [] });
  });
});

describe('a log that is not the archived one', () => {
  test('is archived anew beside the old archive, which is kept, and a backup is ordered', async () => {
    const archiver = await world.archive();
    await world.run(`SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))`);
    await world.caughtUp();
    await archiver.stop();
    world.ordered();
    const directory = await world.directory();
    const { segments, unfinished } = await world.listing();
    // As when the data directory was put back: what was archived last never happened.
    const file = join(directory, unfinishedFile(unfinished.at(-1) ?? ''));
    await writeFile(file, flipped(await readFile(file), 5000));
    await world.archive();
    await world.fillSegments(1);
    await world.caughtUp();
    const [, begun] = await isAbout('log-archive.begin');
    const aside = String(begun?.details.setAside);
    expect(aside).toMatch(new RegExp(`^${directory}\\.until-\\d{8}T\\d{6}Z$`));
    expect(existsSync(join(aside, segmentFile(segments[0] ?? '')))).toBe(true);
    expect(world.ordered()).toBe(1);
    expect(await kinds()).toMatchObject({ kinds: [] });
  });
});
