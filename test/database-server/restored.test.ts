import { chownSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { makeScratch, query, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(() => scratch.remove());

test('a server restored from a base backup recovers to a named point beside the live one', async () => {
  const dataDirectory = await scratch.newCluster('live');
  const archive = join(scratch.directory, 'archive');
  mkdirSync(archive);
  if (scratch.runAs.owner !== undefined) chownSync(archive, scratch.runAs.owner.uid, scratch.runAs.owner.gid);
  const live = await scratch.start(dataDirectory, {
    settings: { archive_mode: 'on', archive_command: `cp %p ${archive}/%f` },
  });
  const client = new pg.Client(live.connection('postgres', SUPERUSER));
  await client.connect();
  await client.query("CREATE TABLE t AS SELECT 'before the backup' AS said");
  await client.query("SELECT pg_backup_start('test', true)");
  const restored = join(scratch.directory, 'restored');
  cpSync(dataDirectory, restored, {
    recursive: true,
    filter: (source) => !source.includes('pg_wal/') && !source.endsWith('postmaster.pid'),
  });
  const stop = await client.query('SELECT labelfile FROM pg_backup_stop()');
  await client.query("INSERT INTO t VALUES ('after the backup')");
  await client.query("SELECT pg_create_restore_point('here')");
  await client.query("INSERT INTO t VALUES ('after the point')");
  await client.query('SELECT pg_switch_wal()');
  const walIsArchived = async () =>
    (await client.query('SELECT archived_count > 1 AS enough FROM pg_stat_archiver')).rows[0].enough;
  while (!(await walIsArchived())) await new Promise((resolve) => setTimeout(resolve, 50));
  await client.end();
  writeFileSync(join(restored, 'backup_label'), stop.rows[0].labelfile);
  writeFileSync(join(restored, 'recovery.signal'), '');
  // As an archive extracted by root with the owners of another machine.
  if (process.getuid?.() === 0) chownSync(join(restored, 'base', '1'), 54_321, 54_321);

  const scratchServer = await scratch.start(restored, {
    settings: {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_name: 'here',
      recovery_target_action: 'promote',
    },
    waitFor: 'writable',
  });
  const rows = await query(
    scratchServer.connection('postgres', SUPERUSER),
    'SELECT said, pg_is_in_recovery() AS recovering FROM t',
  );
  expect(rows).toEqual([
    { said: 'before the backup', recovering: false },
    { said: 'after the backup', recovering: false },
  ]);
  expect(await query(live.connection('postgres', SUPERUSER), 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 3 }]);
  await scratchServer.stop();
  rmSync(restored, { recursive: true });
}, 40_000);
