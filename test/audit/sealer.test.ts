import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { acknowledgeRewind, anchorHead } from '../../src/audit/anchoring.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { type Sealer, type SealerOptions, startSealer } from '../../src/audit/sealer.ts';
import { Database } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { kindsOf, recordOne, tamper, unsealedCount, until, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();
const running: Sealer[] = [];

const start = async (more: Partial<SealerOptions> = {}) => {
  const anchorDirectory = more.anchorDirectory ?? (await trail.newAnchorDirectory());
  const options = {
    db: database.db,
    keys: trail.keys,
    log: testLog,
    clock: systemClock,
    intervalMs: 20,
    anchorDirectory,
  };
  const sealer = startSealer({ ...options, ...more });
  running.push(sealer);
  return { sealer, anchorDirectory };
};
const anchorLines = async (directory: string) => {
  const texts = await Promise.all((await readdir(directory)).map((file) => readFile(join(directory, file), 'utf8')));
  return texts
    .join('')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};
const allSealed = () => until(async () => (await unsealedCount(database.db)) === 0);
const verify = (anchorDirectory: string) => verifyAudit({ db: database.db, keys: trail.keys, anchorDirectory });

afterEach(async () => {
  await Promise.all(running.splice(0).map((sealer) => sealer.stop()));
});

describe('the sealer', () => {
  test('seals what is written within moments, and anchors the first head at once', async () => {
    const { sealer, anchorDirectory } = await start();
    await recordOne(database.db, 'a');
    await allSealed();
    await until(async () => (await anchorLines(anchorDirectory)).length === 1);
    await until(() => sealer.lagSeconds() === 0);
    expect(sealer.status()).toMatchObject({ failure: null, sealedSeq: expect.stringMatching(/^\d+$/) });
  });

  test('anchors at its interval, and the last head when it stops', async () => {
    const { sealer, anchorDirectory } = await start({ anchorIntervalMs: 60_000 });
    await until(async () => (await anchorLines(anchorDirectory)).length === 1);
    await recordOne(database.db, 'after the first anchor');
    await allSealed();
    expect(await anchorLines(anchorDirectory)).toHaveLength(1);
    await sealer.stop();
    const report = await verify(anchorDirectory);
    expect(report).toMatchObject({ sound: true, anchors: { count: 2, sealsSince: 0 } });
    expect(sealer.status().anchoredSeq).toBe(report.headSeq);
  });

  test('in several replicas makes one chain, witnessed by each', async () => {
    const replicas = [await start({ anchorIntervalMs: 0 }), await start({ anchorIntervalMs: 0 }), await start()];
    await Promise.all(Array.from({ length: 40 }, (_, at) => recordOne(database.db, `r-${at}`)));
    await allSealed();
    await Promise.all(replicas.map(({ sealer }) => sealer.stop()));
    for (const { anchorDirectory } of replicas) {
      expect(await verify(anchorDirectory)).toMatchObject({ sound: true, anchors: { sealsSince: 0 } });
    }
  });

  test('says for how long entries have waited while an open transaction holds them back', async () => {
    const { sealer } = await start();
    await database.db.transaction(async (tx) => {
      await tx.execute('SELECT pg_current_xact_id()');
      await recordOne(database.db, 'held back');
      await until(() => sealer.lagSeconds() > 0.1);
    });
    await until(() => sealer.lagSeconds() === 0);
  });

  test('outlives a database that goes away, tells of it once, and seals on when it is back', async () => {
    const lines: { level: number; msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const db = await Database.connect(database.service, [], { applicationName: 'sealer', poolSize: 2 });
    const { sealer, anchorDirectory } = await start({ db, log });
    await until(() => sealer.status().sealedSeq !== null);
    const name = database.service.database;
    await runAs({ ...database.superuser, database: 'postgres' }, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await runAs(
      { ...database.superuser, database: 'postgres' },
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`,
      [name],
    );
    await until(() => sealer.status().failure !== null);
    // The outage lasts for some rounds, of which each fails.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await runAs({ ...database.superuser, database: 'postgres' }, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await until(() => sealer.status().failure === null);
    await recordOne(database.db, 'afterwards');
    await allSealed();
    await sealer.stop();
    await db.close();
    expect(await verify(anchorDirectory)).toMatchObject({ sound: true });
    const errors = lines.filter((line) => line.level >= 50);
    // A torn connection and a refused one are two causes; each is told once, not with every round.
    expect(errors.length).toBeGreaterThanOrEqual(1);
    expect(errors.length).toBeLessThanOrEqual(3);
    expect(lines.filter((line) => line.msg === 'audit sealing works again')).toHaveLength(1);
  });

  test('stops in time when the database does not answer', async () => {
    const db = await Database.connect(database.service, [], { applicationName: 'sealer', poolSize: 1 });
    const { sealer } = await start({ db });
    await until(() => sealer.status().sealedSeq !== null);
    let release = () => {};
    const holding = db.transaction(() => new Promise<void>((resolve) => (release = resolve)));
    // The connection that it waits for comes back afterwards.
    await sealer.stop(200);
    release();
    await holding;
    await sealer.stop();
    await db.close();
  });

  test('goes on sealing when anchors cannot be written, and says so until they can', async () => {
    const anchorDirectory = join(await trail.newAnchorDirectory(), 'blocked');
    await writeFile(anchorDirectory, 'a file where the directory should be');
    const { sealer } = await start({ anchorDirectory, anchorIntervalMs: 20 });
    await until(() => sealer.status().failure !== null);
    expect(sealer.status().failure).toMatch(/anchors in .*blocked cannot be read/);
    await recordOne(database.db, 'without anchors');
    await allSealed();
    await rm(anchorDirectory);
    await mkdir(anchorDirectory);
    await chmod(anchorDirectory, 0o700);
    await until(() => sealer.status().failure === null);
    expect(await anchorLines(anchorDirectory)).toHaveLength(1);
  });

  test('notices by itself that the trail was cut, and anchors again once somebody acknowledged it', async () => {
    const { sealer, anchorDirectory } = await start({ anchorIntervalMs: 20 });
    // An anchor from before the cut: without one, no seal is known to be common to both histories.
    await until(async () => (await anchorLines(anchorDirectory)).length > 0);
    await recordOne(database.db, 'to be cut');
    await allSealed();
    await until(async () => (await verify(anchorDirectory)).anchors.sealsSince === 0);
    await tamper(
      database.superuser,
      'DELETE FROM audit_seal WHERE seq = (SELECT max(seq) FROM audit_seal)',
      'DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)',
    );
    await until(() => sealer.status().failure?.includes('cut or rewritten') === true);
    const before = await anchorLines(anchorDirectory);
    await recordOne(database.db, 'meanwhile');
    await allSealed();
    expect(await anchorLines(anchorDirectory)).toEqual(before);
    expect(kindsOf(await verify(anchorDirectory))).toEqual([expect.stringMatching(/^(tail-cut|chain-rewritten)/)]);
    const place = { db: database.db, keys: trail.keys, clock: systemClock, anchorDirectory };
    await acknowledgeRewind(place, 'the test cut it');
    await until(() => sealer.status().failure === null);
  });

  test('anchors nothing over a trail that is cut while it is looked at', async () => {
    const { sealer, anchorDirectory } = await start();
    await recordOne(database.db, 'first');
    await recordOne(database.db, 'to be cut');
    await allSealed();
    await sealer.stop();
    const before = await anchorLines(anchorDirectory);
    const cut = () =>
      tamper(
        database.superuser,
        'DELETE FROM audit_seal WHERE seq = (SELECT max(seq) FROM audit_seal)',
        'DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)',
      );
    let asked = 0;
    const db = new Proxy(database.db, {
      get: (target, name) =>
        name === 'rows'
          ? async (sql: string, parameters?: unknown[]) => {
              const rows = await target.rows(sql, parameters);
              asked += 1;
              if (asked === 1) await cut();
              return rows;
            }
          : Reflect.get(target, name, target),
    });
    const anchoring = { db, keys: trail.keys, clock: systemClock, anchorDirectory };
    await expect(anchorHead(anchoring)).rejects.toMatchObject({ code: 'chain-contradicts-anchor' });
    expect(await anchorLines(anchorDirectory)).toEqual(before);
  });
});
