import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries, type PostgresBinaries } from '../../src/database/server/binaries.ts';
import { type RunningCluster, startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { stopOrphan } from '../../src/database/server/orphan.ts';
import { probeRunAs, type RunAsMethod } from '../../src/database/server/run-as.ts';
import { identityOf } from '../../src/database/server/server-processes.ts';
import { CLOSED_CHECKOUT, isOpenToOthers } from '../support/open-checkout.ts';
import { query, silentLog } from './scratch.ts';

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
      // initdb asks for its programs with the rights of the account alone, whatever capability it has.
      skip(method !== 'user-namespace' && !isOpenToOthers(), CLOSED_CHECKOUT);
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

describe.skipIf(!isRoot)('a whole life: lock, new cluster, killed postmaster, recovery, stop', () => {
  test('as an ordinary user it runs directly', ({ skip }) => {
    skip(!isOpenToOthers(), CLOSED_CHECKOUT);
    const directory = join(root, 'ordinary');
    mkdirSync(directory);
    chownSync(directory, 65_534, 65_534);
    expect(live(directory, ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'])).toBe(
      'direct, recognised',
    );
  });

  test('as root with the capabilities of a container and no view into other users, as another user', async ({
    skip,
  }) => {
    skip(!(await usable('other-user-with-capability')), 'not allowed on this machine');
    skip(!isOpenToOthers(), CLOSED_CHECKOUT);
    const directory = join(root, 'container');
    mkdirSync(directory, { mode: 0o700 });
    const kept = '-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid';
    const as = ['setpriv', '--bounding-set', kept, '--inh-caps', '-all'];
    expect(live(directory, as, 'other-user-with-capability')).toBe('other-user-with-capability, recognised');
  });

  /** Runs the life in a process of its own; what that printed. */
  function live(directory: string, as: readonly string[], method?: RunAsMethod): string {
    const script = fileURLToPath(new URL('life.ts', import.meta.url));
    const [file = '', ...args] = [
      ...as,
      process.execPath,
      script,
      directory,
      ...(method === undefined ? [] : [method]),
    ];
    const run = spawnSync(file, args, { cwd: '/', encoding: 'utf8', timeout: 40_000 });
    expect(run.stderr).toBe('');
    return run.stdout.trim();
  }
});
