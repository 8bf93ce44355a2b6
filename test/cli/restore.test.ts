import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPrincipalByName } from '../../src/auth/principal.store.ts';
import { furnish } from '../system/furnished.ts';
import { type Installation, processesBelow, useInstallations } from '../system/installation.ts';
import { startService } from '../system/service.ts';
import { flipped } from '../verification/support/damage.ts';
import { signAnotherRecord } from './another-record.ts';
import { begin, type Environment, type Finished, muster } from './cli.ts';
import { withRuntimeOf } from './runtime.ts';

const newInstallation = useInstallations();

/** What is left of the installation that was lost. */
let lost: { readonly root: string; readonly backups: string; readonly identity: string; readonly points: string[] };

const account = (name: string) => [
  ...['token', 'create', '--for', name, '--new-service-account', '--purpose', 'a trace', '--role', 'viewer'],
];

beforeAll(async () => {
  const installation = await newInstallation();
  await furnish(installation);
  const service = await startService(installation);
  await muster(installation, account('before-the-backup'));
  expect((await muster(installation, ['backup', 'take'])).code).toBe(0);
  await muster(installation, account('after-the-backup'));
  await service.stop();
  const root = join(installation.root, 'data.broken');
  await rename(installation.data, root);
  const backups = join(root, 'backups');
  const points = (await readdir(join(backups, 'muster-database'))).filter((name) => /^\d{8}T/.test(name)).sort();
  lost = { root, backups, identity: join(root, 'keys', 'recovery-identity.txt'), points };
}, 120_000);

const restoreArgs = (from = lost.backups, identity = lost.identity) => [
  'restore',
  '--from',
  from,
  '--identity',
  identity,
];

function restore(target: Installation, from?: string, environment?: Environment): Promise<Finished> {
  return muster(target, [...restoreArgs(from), '--json'], environment);
}

/** A copy of the lost backups that a test may damage. */
async function copyOfBackups(target: Installation): Promise<string> {
  const copy = join(target.root, 'backups-copy');
  await cp(lost.backups, copy, { recursive: true });
  return copy;
}

async function damage(backups: string, point: string | undefined): Promise<void> {
  const file = join(backups, 'muster-database', point ?? '', 'base.tar.zst');
  const bytes = await readFile(file);
  await writeFile(file, flipped(bytes, Math.floor(bytes.length / 2)));
}

const names = (directory: string) => readdir(directory).catch(() => undefined);

interface Restored {
  readonly dataDirectory: string;
  readonly point: { readonly name: string; readonly directory: string };
  readonly tables: { readonly equal: number; readonly compared: number };
  readonly audit: { readonly sealsGone: number; readonly rewindStated: boolean; readonly findings: readonly unknown[] };
}

describe('a restore of the youngest sound point', () => {
  let target: Installation;
  let leftByKilled: readonly string[] | undefined;
  let afterKilled: Finished;
  let restored: Finished;

  beforeAll(async () => {
    target = await newInstallation();
    const killed = begin(target, restoreArgs());
    await killed.says(/PostgreSQL recovers/);
    killed.child.kill('SIGKILL');
    await killed.finished;
    leftByKilled = await names(target.data);
    afterKilled = await muster(target, ['token', 'list']);
    restored = await begin(target, restoreArgs()).finished;
  });

  it('finds no installation where one was cut short by kill -9, and clears that away', () => {
    expect([...(leftByKilled ?? [])].sort()).toEqual(['muster.lock', 'unfinished-restore']);
    expect(afterKilled.stderr).toMatch(/^muster: There is no Muster in /);
    expect(restored.code).toBe(0);
  });

  it('ends with every table equal, and says what it did', () => {
    expect(restored.code).toBe(0);
    expect(restored.stdout).toMatch(
      new RegExp(`^From +${join(lost.backups, 'muster-database', lost.points.at(-1) ?? '')},`, 'm'),
    );
    const [, equal, compared] = /^Compared +(\d+) of (\d+) tables equal, \d+ rows$/m.exec(restored.stdout) ?? [];
    expect(equal).toBe(compared);
    expect(Number(compared)).toBeGreaterThan(40);
    expect(restored.stdout).toMatch(/^Not compared +.*postgres/m);
    expect(restored.stderr).toContain('unpacking');
  });

  it('leaves an ordinary data directory: keys, database, and nothing of the restore itself', async () => {
    expect((await names(target.data))?.sort()).toEqual(['anchors', 'keys', 'muster.lock', 'postgres']);
    expect((await names(join(target.data, 'keys')))?.sort()).toEqual([
      'master.key',
      'recovery-identity.txt',
      'signing-key.pem',
    ]);
    const files = await names(join(target.data, 'postgres'));
    for (const trace of ['recovery.signal', 'muster_restored_hba.conf', 'postmaster.pid']) {
      expect(files).not.toContain(trace);
    }
    expect(await readFile(join(target.data, 'keys', 'recovery-identity.txt'), 'utf8')).toBe(
      await readFile(lost.identity, 'utf8'),
    );
    expect(await names(target.run)).toEqual([]);
  });

  it('starts as a normal runtime with the data of the backup, whose secrets open', async () => {
    // Opening it opens the canary of the database with the restored keys.
    await withRuntimeOf(target, async ({ appliedMigrations, db }) => {
      expect(appliedMigrations).toEqual([]);
      expect(await findPrincipalByName(db, 'before-the-backup')).toMatchObject({ kind: 'service-account' });
      expect(await findPrincipalByName(db, 'after-the-backup')).toBeUndefined();
    });
  });

  it('goes on: a new backup is taken into its own repository, a drill restores it, and audit verify is sound', async () => {
    const before = await readdir(join(lost.backups, 'muster-database'));
    expect((await muster(target, ['backup', 'take'])).code).toBe(0);
    expect(await readdir(join(lost.backups, 'muster-database'))).toEqual(before);
    expect(await readdir(join(target.data, 'backups', 'muster-database'))).toHaveLength(1);
    const drilled = await muster(target, ['drill', 'run', 'muster-database']);
    expect(drilled.code).toBe(0);
    const entries = await muster(target, ['audit', 'verify', '--json']);
    expect(entries.json()).toMatchObject({ sound: true, unsealedTail: { count: 0 } });
  });
});

describe('a restore under anchors that know more', () => {
  it('states in them that the later seals went with it, every time', async () => {
    const target = await newInstallation();
    await mkdir(target.data);
    await cp(join(lost.root, 'anchors'), join(target.data, 'anchors'), { recursive: true });
    const first = (await restore(target)).json<Restored>();
    expect(first.audit).toMatchObject({ rewindStated: true, findings: [] });
    expect(first.audit.sealsGone).toBeGreaterThan(0);
    const service = await startService(target);
    await muster(target, account('after-the-restore'));
    expect((await service.stop()).code).toBe(0);
    const verified = await muster(target, ['audit', 'verify']);
    expect(verified.code).toBe(0);
    expect(verified.stdout).toMatch(
      /^note +The trail was put back to seal \d+, acknowledged at .*: restored from .*, by muster command/m,
    );

    // Once more, from an older point: what the first restore led to is gone as well.
    for (const part of ['postgres', 'keys', 'backups', 'log', 'reports', 'sandboxes', 'instance-id', 'admin-token']) {
      await rename(join(target.data, part), join(target.root, `old-${part}`)).catch(() => {});
    }
    const second = (
      await restore(target, join(lost.backups, 'muster-database', lost.points[0] ?? ''))
    ).json<Restored>();
    expect(second.audit).toMatchObject({ rewindStated: true, findings: [] });
    const again = await muster(target, ['audit', 'verify', '--json']);
    expect(again.json()).toMatchObject({ sound: true, findings: [] });
  });
});

describe('which point is restored', () => {
  it('a damaged youngest point is told and passed over', async () => {
    const target = await newInstallation();
    const backups = await copyOfBackups(target);
    await damage(backups, lost.points.at(-1));
    const { code, stderr, json } = await restore(target, backups);
    expect(code).toBe(0);
    expect(json<Restored>().point.name).toBe(lost.points.at(-2));
    expect(stderr).toMatch(new RegExp(`^Passed over: \\S*${lost.points.at(-1)} is damaged: base\\.tar\\.zst`, 'm'));
  });

  it('without a sound one nothing is restored, and the message says what is wrong where', async () => {
    const target = await newInstallation();
    const backups = await copyOfBackups(target);
    for (const point of lost.points) await damage(backups, point);
    const one = await restore(target, join(backups, 'muster-database', lost.points[0] ?? ''));
    expect(one).toMatchObject({ code: 1, stdout: '' });
    expect(one.stderr).toMatch(/"error":"no-sound-point".*is damaged: base\.tar\.zst/);
    const all = await restore(target, backups);
    expect(all.stderr).toContain(`None of ${lost.points.length} recovery points is sound`);
    expect(await names(target.data)).toBeUndefined();
  });

  it('one whose record says otherwise than its data is not believed, even signed', async () => {
    const target = await newInstallation();
    const backups = await copyOfBackups(target);
    const point = join(backups, 'muster-database', lost.points.at(-1) ?? '');
    await signAnotherRecord(point, join(lost.root, 'keys'));
    const { code, stderr } = await restore(target, point);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /"error":"not-what-was-backed-up".*\d+ of \d+ tables are equal; public\.principal has \d+ rows, on record are \d+/,
    );
    expect(await names(target.data)).toBeUndefined();
  });
});

describe('a restore that must not be', () => {
  it('leaves a data directory alone that holds anything', async () => {
    const target = await newInstallation();
    await mkdir(join(target.data, 'postgres'), { recursive: true });
    await writeFile(join(target.data, 'postgres', 'precious'), 'data');
    const { code, stderr } = await restore(target);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: 'data-directory-not-empty',
      message: expect.stringContaining(`${target.data} is not empty (postgres)`),
    });
    expect(await names(target.data)).toEqual(['postgres']);
    expect(await readFile(join(target.data, 'postgres', 'precious'), 'utf8')).toBe('data');
  });

  it('with an identity that does not open the keys ends before anything is unpacked', async () => {
    const target = await newInstallation();
    const identity = join(target.root, 'identity.txt');
    await writeFile(identity, `${await generateX25519Identity()}\n`, { mode: 0o600 });
    const { code, stderr } = await muster(target, restoreArgs(undefined, identity));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^muster: The key export does not open with this identity/m);
    expect(stderr).not.toContain('AGE-SECRET-KEY');
    expect(await names(target.data)).toBeUndefined();
  });

  it.each([
    [
      'says not what opens the keys',
      (from: string) => ['--from', from],
      {},
      /either --identity FILE or --passphrase-file FILE/,
    ],
    ['names no directory', () => ['--from', '/nowhere', '--identity', lost.identity], {}, /\/nowhere cannot be read/],
    [
      'names a directory without points',
      () => ['--from', lost.root, '--identity', lost.identity],
      {},
      /holds no recovery point/,
    ],
    [
      'names a missing identity',
      (from: string) => ['--from', from, '--identity', '/nowhere'],
      {},
      /--identity: there is no file \/nowhere/,
    ],
    [
      'has a DATABASE_URL',
      (from: string) => ['--from', from, '--identity', lost.identity],
      { DATABASE_URL: 'postgres://muster@127.0.0.1:1/muster' },
      /^muster: DATABASE_URL is set/,
    ],
  ] as const)('is wrong usage when it %s', async (_, argsOf, environment, message) => {
    const target = await newInstallation();
    const refused = await muster(target, ['restore', ...argsOf(lost.backups)], environment);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(await names(target.data)).toBeUndefined();
  });
});

describe('a restore that is cut short', () => {
  it('leaves nothing at Ctrl-C, and says so in one line', async () => {
    const target = await newInstallation();
    const command = begin(target, restoreArgs());
    await command.says(/PostgreSQL recovers/);
    command.child.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^muster: Stopped before the end: nothing was restored, the data directory is as it was$/m);
    expect(await names(target.data)).toBeUndefined();
    expect(await processesBelow(target.root)).toEqual([]);
  });
});
