import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyRepository } from '../../../src/backups/external/verify-repository.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { testLog } from '../../support/log.ts';
import { type ExternalServer, startExternalServer } from '../../system/external-server.ts';
import { noise } from '../../verification/support/point-making.ts';
import { sharedData } from '../../verification/support/shared-data.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { newJob } from '../support/backup-world.ts';
import { NO_REMOTE } from '../support/no-remote.ts';
import { useExternalWorld } from './support/external-world.ts';

const world = useExternalWorld();

/** Debian's server with the programs of the same release. */
const PROGRAMS = '/usr/lib/postgresql/15/bin';
const PAGILA = sharedData('samples', 'pagila.sql');
const CHINOOK = sharedData('samples', 'chinook.sqlite');
const HAS_SERVER = existsSync(join(PROGRAMS, 'pg_basebackup')) && PAGILA !== undefined;
const NO_SERVER = HAS_SERVER ? undefined : 'this machine has no PostgreSQL 15 with its programs, or no Pagila';

const TREE_FILES = 3000;
let base = '';
let server: ExternalServer | undefined;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'mot-'));
  await makeTree(join(base, 'tree'));
  if (!HAS_SERVER) return;
  server = await startExternalServer({ root: base }, PROGRAMS);
  await server.makeDatabase('pagila', 'REPLICATION SUPERUSER');
  postgres('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-d', 'pagila', '-f', `${PAGILA}`]);
}, 180_000);
afterAll(async () => {
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

async function makeTree(directory: string): Promise<void> {
  for (let index = 0; index < TREE_FILES; index += 1) {
    const below = join(directory, `d${index % 50}`);
    if (index < 50) await mkdir(below, { recursive: true });
    await writeFile(join(below, `f${index}`), noise(200 + (index % 7) * 300, index));
  }
}

function postgres(program: string, args: readonly string[]): void {
  const where = ['-h', '127.0.0.1', '-p', String(server?.port), '-U', 'pagila'];
  const env = { PATH: process.env.PATH, PGPASSWORD: 'pass-pagila' };
  execFileSync(join(PROGRAMS, program), [...where, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

interface Tool {
  readonly what: string;
  /** The point in the repository. */
  readonly name: string;
  readonly layout?: 'directory';
  readonly make: (target: string) => unknown;
  /** Why it cannot be tried here. */
  readonly absent: string | undefined;
  readonly format: string;
  /** What one changed byte makes of it: a decoder or a checksum inside meets it, or only a digest; or that depends on the byte. */
  readonly changed: RegExp;
}

const lacks = (tool: string) => (hasTool(tool) ? undefined : `this machine has no ${tool}`);

const TOOLS: readonly Tool[] = [
  {
    what: 'pg_dump in its custom format',
    name: 'pagila.dump',
    make: (target) => postgres('pg_dump', ['-Fc', '-f', target, 'pagila']),
    ...{ absent: NO_SERVER, format: 'postgres-custom', changed: /^damaged$/ },
  },
  {
    what: 'pg_dump as a script',
    name: 'pagila.sql',
    make: (target) => postgres('pg_dump', ['-f', target, 'pagila']),
    ...{ absent: NO_SERVER, format: 'postgres-sql', changed: /^altered$/ },
  },
  {
    what: 'pg_basebackup',
    name: 'base',
    layout: 'directory',
    make: (target) => postgres('pg_basebackup', ['-D', target, '-X', 'fetch', '-c', 'fast', '--no-sync']),
    ...{ absent: NO_SERVER, format: 'base-backup', changed: /^altered$/ },
  },
  {
    what: 'GNU tar, of a tree of several thousand files',
    name: 'tree.tar',
    make: (target) => execFileSync('tar', ['-cf', target, '-C', base, 'tree']),
    ...{ absent: lacks('tar'), format: 'tar', changed: /^(damaged|altered)$/ },
  },
  {
    what: 'zip, of a tree of several thousand files',
    name: 'tree.zip',
    make: (target) => execFileSync('zip', ['-q', '-r', target, 'tree'], { cwd: base }),
    ...{ absent: lacks('zip'), format: 'zip', changed: /^damaged$/ },
  },
  {
    what: 'the online backup of SQLite',
    name: 'chinook.sqlite',
    make: (target) => execFileSync('sqlite3', [`${CHINOOK}`, `.backup ${target}`]),
    absent: lacks('sqlite3') ?? (CHINOOK === undefined ? 'Chinook is not there' : undefined),
    ...{ format: 'sqlite', changed: /^(damaged|altered)$/ },
  },
];

const YESTERDAY = new Date(Math.floor(Date.now() / 1000 - 86_400) * 1000);

/** As a backup that nobody touched since yesterday. */
async function settle(path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) return utimes(path, YESTERDAY, YESTERDAY);
  for (const name of await readdir(path, { recursive: true })) {
    if ((await stat(join(path, name))).isFile()) await utimes(join(path, name), YESTERDAY, YESTERDAY);
  }
}

/** As a disk does it: no time and no size tells of it. */
async function changeByte(path: string): Promise<void> {
  const location = (await stat(path)).isDirectory() ? join(path, 'global', 'pg_control') : path;
  const file = await open(location, 'r+');
  const at = Math.floor((await file.stat()).size / 2);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([buffer.readUInt8() ^ 1]), 0, 1, at);
  await file.close();
  await utimes(location, YESTERDAY, YESTERDAY);
}

/** By the policy of the set its points are to be read in full again. */
async function fallDue(setId: string): Promise<void> {
  await world.db.execute('UPDATE backup_set SET full_read_days = 30 WHERE id = $1', [setId]);
  await world.db.execute(
    `UPDATE recovery_point SET verdict_at = now() - interval '1 year', read_in_full_at = now() - interval '1 year'
      WHERE set_id = $1`,
    [setId],
  );
}

/** A pass over what is due by the policy. */
async function verify(): Promise<void> {
  const deps = { db: world.db, clock: systemClock, log: testLog, publicKeys: [], remote: NO_REMOTE };
  const { id } = await world.repository();
  expect(await verifyRepository(deps, id, newJob(), { retryPauseMs: 0 })).toMatchObject({ checked: 1 });
}

describe('a backup of another tool, watched by a set, is sound until one byte of it is another', () => {
  test.for(TOOLS)('$what', { timeout: 120_000 }, async (tool, { skip }) => {
    if (tool.absent !== undefined) skip(tool.absent);
    const path = join(world.root, 'made', tool.name);
    await mkdir(dirname(path));
    tool.make(path);
    await settle(path);
    const setId = await world.watch('made/*', { timeSource: 'mtime', ...(tool.layout && { layout: tool.layout }) });
    expect(await world.discoverSet()).toMatchObject({ registered: { first: [`made/${tool.name}`] } });
    await verify();
    expect(await world.points(setId)).toMatchObject([{ verdict: 'sound', format: tool.format }]);

    await changeByte(path);
    expect(await world.discoverSet()).toMatchObject({ changed: { count: 0 } });
    await fallDue(setId);
    await verify();
    expect(await world.points(setId)).toMatchObject([{ verdict: expect.stringMatching(tool.changed) }]);
  });
});
