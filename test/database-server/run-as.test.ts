import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBinaries, type PostgresBinaries } from '../../src/database/server/binaries.ts';
import { type RunningCluster, startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { stopOrphan } from '../../src/database/server/orphan.ts';
import { probeRunAs, type RunAsMethod } from '../../src/database/server/run-as.ts';
import { identityOf } from '../../src/database/server/server-processes.ts';
import { query, SUPERUSER, silentLog } from './scratch.ts';

let root: string;
let binaries: PostgresBinaries;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'mst-'));
  chmodSync(root, 0o755);
  binaries = await findBinaries();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
/** Some account that is not ours: files of restored backups carry such owners. */
const FOREIGN_UID = 54_321;

async function clusterUnder(
  method: RunAsMethod,
  directory: string,
): Promise<{ cluster: RunningCluster; dataDirectory: string }> {
  const runAs = await probeRunAs({ binaries, method });
  const dataDirectory = join(directory, 'pg');
  await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory: root,
    logDirectory: join(directory, 'log'),
    superuser: SUPERUSER,
    startTimeoutSeconds: 20,
    log: silentLog,
  });
  return { cluster, dataDirectory };
}

function usable(method: RunAsMethod): Promise<boolean> {
  return probeRunAs({ binaries, method }).then(
    () => true,
    () => false,
  );
}

describe.skipIf(!isRoot).each<RunAsMethod>(['user-namespace', 'other-user', 'other-user-with-capability'])(
  'as root, by %s',
  (method) => {
    test('a cluster is made, runs, is recognised and stops', async ({ skip }) => {
      skip(!(await usable(method)), `${method} is not allowed on this machine`);
      const directory = join(root, method);
      // Only another user without the capability needs open parents.
      mkdirSync(directory, { mode: method === 'other-user' ? 0o755 : 0o700 });
      const { cluster, dataDirectory } = await clusterUnder(method, directory);
      try {
        expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
        expect(await identityOf(cluster.pid, dataDirectory)).toBe('server');
        expect(statSync(dataDirectory).uid).toBe(statSync(join(dataDirectory, 'base')).uid);
      } finally {
        expect(await cluster.stop()).toMatchObject({ code: 0 });
      }
      expect(await stopOrphan({ dataDirectory, log: silentLog })).toEqual({ stoppedPids: [], clearedStalePid: false });
    });
  },
);

test.skipIf(!isRoot)(
  'files that another method or another machine left under a foreign owner are taken over',
  async () => {
    const directory = join(root, 'foreign');
    mkdirSync(directory, { mode: 0o755 });
    const runAs = await probeRunAs({ binaries });
    const dataDirectory = join(directory, 'pg');
    await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
    spawnSync('chown', ['-R', String(FOREIGN_UID), dataDirectory]);
    chmodSync(dataDirectory, 0o755);
    const cluster = await startCluster({
      binaries,
      runAs,
      dataDirectory,
      runtimeDirectory: root,
      logDirectory: join(directory, 'log'),
      superuser: SUPERUSER,
      startTimeoutSeconds: 20,
      log: silentLog,
    });
    await cluster.stop();
    expect(statSync(dataDirectory).mode & 0o777).toBe(0o700);
  },
);

test.skipIf(!isRoot)(
  'another user that cannot get to the data is refused, naming the closed directory',
  async ({ skip }) => {
    skip(!(await usable('other-user')), 'there is no other account here');
    const closed = join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(clusterUnder('other-user', closed)).rejects.toMatchObject({
      code: 'data-directory-unreachable',
      message: expect.stringContaining(closed),
    });
  },
);

test('when nothing works, one line says what was tried', async () => {
  const broken = { ...binaries, postgres: join(root, 'no-such-program') };
  await expect(probeRunAs({ binaries: broken })).rejects.toMatchObject({
    code: 'postgres-cannot-run',
    message: expect.stringMatching(
      /^PostgreSQL cannot be run here \(user id \d+\): .*no-such-program.*DATABASE_URL\.$/,
    ),
  });
});

test.skipIf(!isRoot)('as an ordinary user everything runs directly', async ({ skip }) => {
  const uid = 65_534;
  const module = (name: string) => fileURLToPath(new URL(`../../src/database/server/${name}`, import.meta.url));
  const readable = spawnSync(process.execPath, ['-e', ''], { uid, gid: uid, cwd: '/' });
  skip(readable.status !== 0, 'Node is not readable for an ordinary user here');
  const directory = join(root, 'ordinary');
  mkdirSync(directory);
  chownSync(directory, uid, uid);
  const script = `
    const { findBinaries } = await import(${JSON.stringify(module('binaries.ts'))});
    const { probeRunAs } = await import(${JSON.stringify(module('run-as.ts'))});
    const { initCluster } = await import(${JSON.stringify(module('cluster-init.ts'))});
    const { superviseCluster } = await import(${JSON.stringify(module('supervisor.ts'))});
    const { openDataDirectory } = await import(${JSON.stringify(module('data-directory.ts'))});
    const { createLogger } = await import(${JSON.stringify(module('../../kernel/log.ts'))});
    const log = createLogger('silent');
    const held = await openDataDirectory(${JSON.stringify(join(directory, 'data'))}, { log, clock: (await import(${JSON.stringify(module('../../kernel/clock.ts'))})).systemClock });
    const binaries = await findBinaries();
    const runAs = await probeRunAs({ binaries });
    const dataDirectory = held.path + '/pg';
    await initCluster({ binaries, runAs, dataDirectory, superuser: 'muster', sync: false });
    const cluster = await superviseCluster({ binaries, runAs, dataDirectory, runtimeDirectory: held.path, logDirectory: held.path + '/log',
      superuser: 'muster', startTimeoutSeconds: 20, log });
    const victim = cluster.pid();
    process.kill(victim, 'SIGKILL');
    while (cluster.pid() === undefined || cluster.pid() === victim) await new Promise((r) => setTimeout(r, 20));
    await cluster.stop();
    await held.release();
    console.log(runAs.method + ' ' + process.getuid());`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    uid,
    gid: uid,
    cwd: root,
    encoding: 'utf8',
    timeout: 40_000,
  });
  expect(run.stderr).toBe('');
  expect(run.stdout.trim()).toBe(`direct ${uid}`);
});
