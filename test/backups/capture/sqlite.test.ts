import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { findSchedule } from '../../../src/scheduling/schedule.queries.ts';
import { newJob } from '../support/backup-world.ts';
import { useCaptureWorld } from './support/capture-world.ts';

const world = useCaptureWorld();

/** A database in use, in WAL mode, with so many rows committed. */
async function databaseInUse(rows: number) {
  const path = join(await world.newDirectory(), 'intranet.sqlite');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = wal; CREATE TABLE page (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO page (body) VALUES (?)');
  database.exec('BEGIN');
  for (let row = 0; row < rows; row += 1) insert.run(`page ${row} `.repeat(20));
  database.exec('COMMIT');
  return { path, database };
}

test('a database in use is copied with all that is committed, signed, read back and found sound', async () => {
  const { path, database } = await databaseInUse(2000);
  database.exec("BEGIN; INSERT INTO page (body) VALUES ('not committed')");
  const set = await world.newSet({ type: 'sqlite', path });

  const point = await world.take(set);

  expect(point).toMatchObject({ method: 'sqlite', own: true, verdict: 'sound', state: 'present', fileCount: 3 });
  expect(point.name).toMatch(new RegExp(`^${set.name}/\\d{8}T\\d{6}Z-[0-9a-f]{8}$`));
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  const copy = new DatabaseSync(join(root, point.name, 'database.sqlite'), { readOnly: true });
  expect(copy.prepare('SELECT count(*) AS rows FROM page').get()).toEqual({ rows: 2000 });
  copy.close();
  database.close();
  const record = JSON.parse(await readFile(join(root, point.name, 'record.json'), 'utf8'));
  expect(record).toMatchObject({
    format: 'muster-capture/1',
    set: set.name,
    source: { path },
    facts: { pageBytes: 4096 },
  });
  expect(point.takenAt.epochMilliseconds).toBe(Date.parse(record.takenAt));
  const files = await world.database.db.rows<{ path: string; digest: string | null }>(
    'SELECT path, digest FROM recovery_point_file WHERE point_id = $1 ORDER BY path',
    [point.id],
  );
  const database256 = createHash('sha256').update(await readFile(join(root, point.name, 'database.sqlite')));
  expect(files).toContainEqual({ path: `${point.name}/database.sqlite`, digest: database256.digest('hex') });
});

test('discovery finds the point as it was entered, and enters one that nobody did as Muster’s own', async () => {
  const { path, database } = await databaseInUse(10);
  database.close();
  const set = await world.newSet({ type: 'sqlite', path });
  const point = await world.take(set);
  expect(await world.discover(set)).toMatchObject({
    outcome: 'listed',
    sets: [{ changed: { count: 0 }, missing: { count: 0 } }],
  });

  // As after a crash between the point's name and its row.
  for (const table of ['backup_check_file', 'backup_check', 'backup_capture', 'recovery_point_file']) {
    await world.database.db.execute(
      table === 'backup_check_file'
        ? 'DELETE FROM backup_check_file WHERE check_id IN (SELECT id FROM backup_check WHERE point_id = $1)'
        : `DELETE FROM ${table} WHERE point_id = $1`,
      [point.id],
    );
  }
  await world.database.db.execute('DELETE FROM recovery_point WHERE id = $1', [point.id]);
  await world.discover(set);
  await world.database.db.execute("UPDATE point_candidate SET since = now() - interval '1 hour'");
  await world.discover(set);
  const [row] = await world.database.db.rows<{ id: string }>('SELECT id FROM recovery_point WHERE set_id = $1', [
    set.id,
  ]);
  expect(await pointById(world.database.db, row?.id ?? '')).toMatchObject({
    ...{ name: point.name, method: 'sqlite', own: true, verdict: undefined },
    marks: point.marks,
  });
});

test('what is no database, or is not there, is refused with its path, and leaves nothing behind', async () => {
  const directory = await world.newDirectory();
  const path = join(directory, 'not.sqlite');
  await writeFile(path, 'this is no database, however long it may be '.repeat(100));
  for (const wrong of [path, join(directory, 'nowhere.sqlite')]) {
    const set = await world.newSet({ type: 'sqlite', path: wrong });
    await expect(world.take(set)).rejects.toMatchObject({
      ...{ kind: 'unprocessable', code: 'source-unreadable' },
      message: expect.stringContaining(wrong),
    });
    const { root } = await repositoryById(world.database.db, set.repositoryId);
    expect(await readdir(join(root, set.name))).toEqual([]);
    const [run] = await world.database.db.rows('SELECT state, failure_code FROM backup_capture WHERE set_id = $1', [
      set.id,
    ]);
    expect(run).toEqual({ state: 'failed', failure_code: 'source-unreadable' });
  }
});

test('a cancelled capture ends its process, and leaves nothing behind', async () => {
  const { path, database } = await databaseInUse(20_000);
  database.close();
  const set = await world.newSet({ type: 'sqlite', path }, { bytesPerSecondMax: 65_536 });
  const cancel = new AbortController();
  const taking = world.take(set, { signal: cancel.signal });
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  await expect.poll(() => readdir(join(root, set.name)).catch(() => []), { timeout: 30_000 }).not.toEqual([]);
  cancel.abort(new Error('enough'));
  await expect(taking).rejects.toThrow('enough');
  expect(await readdir(join(root, set.name))).toEqual([]);
});

test('an attempt that takes over after the capture goes on with its point', async () => {
  const { path, database } = await databaseInUse(10);
  database.close();
  const set = await world.newSet({ type: 'sqlite', path });
  const job = newJob();
  const first = await world.take(set, job);
  // As when the worker was killed between capture and check.
  await world.database.db.execute('DELETE FROM backup_check WHERE point_id = $1', [first.id]);
  await world.database.db.execute('UPDATE recovery_point SET verdict = NULL, verdict_at = NULL WHERE id = $1', [
    first.id,
  ]);
  expect(await world.take(set, { ...job, attempt: 2 })).toMatchObject({ id: first.id, verdict: 'sound' });
  expect(await world.database.db.rows('SELECT FROM recovery_point WHERE set_id = $1', [set.id])).toHaveLength(1);
});

test('a retry says of an unsound point again what was found, and takes another one only when its bytes are spoilt', async () => {
  const { path, database } = await databaseInUse(10);
  database.close();
  const set = await world.newSet({ type: 'sqlite', path });
  const job = newJob();
  const first = await world.take(set, job);
  const judge = (verdict: string) =>
    world.database.db.execute('UPDATE recovery_point SET verdict = $2 WHERE id = $1', [first.id, verdict]);
  const points = () => world.database.db.rows('SELECT FROM recovery_point WHERE set_id = $1', [set.id]);

  await judge('suspect');
  await expect(world.take(set, { ...job, attempt: 2 })).rejects.toMatchObject({
    code: 'backup-not-sound',
    message: expect.stringContaining(`${first.name} is suspect`),
  });
  expect(await points()).toHaveLength(1);

  await judge('damaged');
  const second = await world.take(set, { ...job, attempt: 3 });
  expect(second).toMatchObject({ verdict: 'sound' });
  expect(second.id).not.toBe(first.id);
  expect(await points()).toHaveLength(2);
});

test('a repository that Muster takes backups into stays writable, and another tag of it has other workers take them', async () => {
  const source = { type: 'sqlite', path: '/srv/intranet.sqlite' } as const;
  const schedule = { cron: '15 1 * * *', graceSeconds: 600 };
  const set = await world.newSet(source, { schedule });
  const { version, name } = await repositoryById(world.database.db, set.repositoryId);
  const change = (body: object) =>
    world.api.request('patch', `/api/v1/repositories/${set.repositoryId}`).set('If-Match', `"${version}"`).send(body);
  expect((await change({ writable: false }).expect(409)).body).toMatchObject({
    code: 'repository-in-use',
    detail: expect.stringContaining(`${name} must stay writable for ${set.name}`),
  });
  await change({ workerTag: 'vault-7' }).expect(200);
  expect(await findSchedule(world.database.db, `${set.name}.backup`)).toMatchObject({
    cron: schedule.cron,
    workerTag: 'vault-7',
  });
});

test('a set is taken by its schedule, which changes, pauses and ends with the set', async () => {
  const source = { type: 'sqlite', path: '/srv/intranet.sqlite' } as const;
  const set = await world.newSet(source, {
    schedule: { cron: '15 1 * * *', graceSeconds: 600 },
    zone: 'Europe/Berlin',
  });
  const schedule = () => findSchedule(world.database.db, `${set.name}.backup`);
  expect(await schedule()).toMatchObject({
    ...{ cron: '15 1 * * *', zone: 'Europe/Berlin', job: 'backup.take', catchUp: 'latest', pausedAt: null },
    payload: { setId: set.id },
  });
  const change = async (version: number, body: object) =>
    (
      await world.api
        .request('patch', `/api/v1/captured-sets/${set.id}`)
        .set('If-Match', `"${version}"`)
        .send(body)
        .expect(200)
    ).body;
  await change(1, { schedule: { cron: '45 3 * * *', graceSeconds: 600 } });
  expect(await schedule()).toMatchObject({ cron: '45 3 * * *', pausedAt: null });
  await change(2, { schedule: null });
  expect((await schedule())?.pausedAt).not.toBeNull();
  await change(3, { schedule: { cron: '45 3 * * *', graceSeconds: 600 } });
  expect(await schedule()).toMatchObject({ pausedAt: null });
  await world.api
    .request('post', `/api/v1/backup-sets/${set.id}/retire`)
    .set('If-Match', '"4"')
    .set('Idempotency-Key', crypto.randomUUID())
    .send({ reason: 'the intranet is gone' })
    .expect(200);
  expect((await schedule())?.pausedAt).not.toBeNull();
});

test('a repository that is only read is refused, and so is a change by the route for sets of other tools', async () => {
  const source = { type: 'sqlite', path: '/srv/intranet.sqlite' } as const;
  const set = await world.newSet(source);
  await world.database.db.execute(
    "UPDATE repository SET writable = false, identity_kind = 'filesystem', identity = 'other' WHERE id = $1",
    [set.repositoryId],
  );
  const stated = { name: 'another', repositoryId: set.repositoryId, source, zone: 'UTC', rpoSeconds: 3600 };
  const answer = await world.post('/captured-sets', { ...stated, ownerId: set.external?.owner.id }, 422);
  expect(answer).toMatchObject({ code: 'unsuitable-repository', fields: [{ field: '#/repositoryId' }] });
  const changed = world.api.request('patch', `/api/v1/backup-sets/${set.id}`).set('If-Match', '"1"');
  expect((await changed.send({ pattern: '*' }).expect(409)).body).toMatchObject({ code: 'not-external' });
});
