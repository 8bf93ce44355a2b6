import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { checkMajor, openDataDirectory } from '../../src/database/server/data-directory.ts';
import type { LockMethod } from '../../src/database/server/directory-lock.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { type Holding, hold } from './holding.ts';
import { silentLog } from './scratch.ts';

let root: string;
const holdings: Holding[] = [];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mst-'));
});
afterEach(async () => {
  for (const holding of holdings.splice(0)) await holding.kill();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (directory: string, lockMethod?: LockMethod) =>
  openDataDirectory(directory, {
    clock: systemClock,
    log: silentLog,
    ...(lockMethod === undefined ? {} : { lockMethod }),
  });

const hasFlock = spawnSync('flock', ['--version']).status === 0;

describe.each<LockMethod>(['flock', 'pid-file'])('with the lock by %s', (method) => {
  test.skipIf(method === 'flock' && !hasFlock)(
    'a second instance is refused with the process id of the first',
    async () => {
      const directory = join(root, `${method}-second`);
      const holding = await hold({ lock: { directory, method } });
      holdings.push(holding);
      await expect(open(directory, method)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'data-directory-in-use',
        message: expect.stringContaining(`process ${holding.answer.pid} on `),
      });
    },
  );

  test.skipIf(method === 'flock' && !hasFlock)('kill -9 of the holder frees the directory, and only then', async () => {
    const directory = join(root, `${method}-killed`);
    const holding = await hold({ lock: { directory, method } });
    await expect(open(directory, method)).rejects.toMatchObject({ code: 'data-directory-in-use' });
    await holding.kill();
    const opened = await open(directory, method);
    await opened.release();
  });

  test.skipIf(method === 'flock' && !hasFlock)('of ten that come at once, exactly one gets the directory', async () => {
    const directory = join(root, `${method}-race`);
    mkdirSync(directory);
    // A stale holder, so that all of them try to take over.
    writeFileSync(
      join(directory, 'muster.lock'),
      JSON.stringify({ pid: 1, host: 'gone', since: 'then', startedAt: '-1' }),
    );
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => open(directory, method)));
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(['muster.lock']);
  });

  test.skipIf(method === 'flock' && !hasFlock)('a released directory can be opened again', async () => {
    const directory = join(root, `${method}-released`);
    await (await open(directory, method)).release();
    await (await open(directory, method)).release();
  });
});

test('a recycled process id in a pid file is not taken for the holder', async () => {
  const directory = join(root, 'recycled');
  mkdirSync(directory);
  writeFileSync(
    join(directory, 'muster.lock'),
    JSON.stringify({ pid: process.pid, host: 'h', since: 's', startedAt: '1' }),
  );
  await (await open(directory, 'pid-file')).release();
});

test('the directory is made when it is missing, and closed to other users', async () => {
  const missing = join(root, 'a', 'b');
  const opened = await open(missing);
  expect(statSync(opened.path).mode & 0o777).toBe(0o700);
  await opened.release();
  const wide = join(root, 'wide');
  mkdirSync(wide);
  chmodSync(wide, 0o755);
  const narrowed = await open(wide);
  expect(statSync(wide).mode & 0o777).toBe(0o700);
  await narrowed.release();
});

test('a path that is a file is refused in one line', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(open(join(root, 'file'))).rejects.toMatchObject({
    code: 'data-directory-unusable',
    message: expect.stringMatching(/^The data directory .*file cannot be used: .*$/),
  });
});

describe('the version of the database files', () => {
  test('an older and a newer major are refused and nothing is touched', async () => {
    const binaries = await findBinaries();
    const dataDirectory = join(root, 'major');
    mkdirSync(dataDirectory);
    for (const [major, age] of [
      [binaries.major - 1, 'older'],
      [binaries.major + 1, 'newer'],
    ] as const) {
      writeFileSync(join(dataDirectory, 'PG_VERSION'), `${major}\n`);
      await expect(checkMajor(dataDirectory, binaries)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'data-directory-major',
        message: expect.stringContaining(`PostgreSQL ${major}, which is ${age} than the ${binaries.version}`),
      });
      expect(readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8')).toBe(`${major}\n`);
    }
  });

  test('the same major passes, an absent database is told apart, and a damaged PG_VERSION is said to be damaged', async () => {
    const dataDirectory = join(root, 'versions');
    expect(await checkMajor(dataDirectory, { major: 18, version: '18.4' })).toBe(false);
    expect(existsSync(dataDirectory)).toBe(false);
    mkdirSync(dataDirectory);
    writeFileSync(join(dataDirectory, 'PG_VERSION'), '18\n');
    expect(await checkMajor(dataDirectory, { major: 18, version: '18.4' })).toBe(true);
    writeFileSync(join(dataDirectory, 'PG_VERSION'), '\0\0\0');
    await expect(checkMajor(dataDirectory, { major: 18, version: '18.4' })).rejects.toMatchObject({
      code: 'data-directory-damaged',
    });
  });
});
