import { execFile, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type BaseBackupRecord, readPointRecord } from '../../src/backups/point-record.ts';
import { fingerprintTable, pinTextForms } from '../../src/backups/table-fingerprint.ts';
import type { PostgresBinaries } from '../../src/database/server/binaries.ts';
import type { RunAs } from '../../src/database/server/run-as.ts';
import { parseBackupManifest } from '../../src/verification/backup-manifest.ts';
import type { Manifest } from '../../src/verification/manifest.ts';

const SERVER_SECONDS_MAX = 600;
const POLL_MS = 20;

/** Seconds of one recovery by hand, step by step; `coreutils` is what `sha256sum` takes for what `openssl` hashes. */
export interface HandTimes {
  readonly fetch: number;
  readonly verifyStored: number;
  readonly unpack: number;
  readonly verifyFiles: number;
  readonly postgres: number;
  readonly compare: number;
  /** Not part of the time until validated. */
  readonly cleanup: number;
  readonly coreutils: number;
}

/** What a person has prepared before the alarm: the digests as lists, the expected fingerprints, the programs. */
export interface Prepared {
  readonly pointDirectory: string;
  /** The sandbox is made below it. */
  readonly directory: string;
  readonly record: BaseBackupRecord;
  readonly storedList: string;
  readonly contentList: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

/** Turns the point's manifests into lists that the tools read; that costs the person no time here. */
export async function prepare(
  pointDirectory: string,
  directory: string,
  programs: Pick<Prepared, 'binaries' | 'runAs'>,
): Promise<Prepared> {
  const record = await readPointRecord(pointDirectory);
  if (record.method !== 'base-backup') throw new Error('the recovery point is no base backup');
  const manifest = JSON.parse(await readFile(join(pointDirectory, 'manifest.json'), 'utf8')) as Manifest;
  const stored = manifest.files.map(({ path, sha256 }) => ({ path, sha256 }));
  const wal = manifest.files.flatMap(({ path, entries = [] }) => (path === 'wal.tar.zst' ? entries : []));
  const { manifest: base } = parseBackupManifest(
    await readFile(join(pointDirectory, 'backup_manifest')),
    'backup_manifest',
  );
  if (!base) throw new Error('backup_manifest cannot be read');
  const content = [
    ...[...base.files].map(([path, { checksum }]) => ({ path, sha256: checksum })),
    ...wal.map(({ path, sha256 }) => ({ path: `pg_wal/${path}`, sha256 })),
  ];
  return { pointDirectory, directory, record, storedList: listOf(stored), contentList: listOf(content), ...programs };
}

/** As `openssl dgst -sha256 -r` prints, which `sha256sum -c` reads as well. */
function listOf(files: readonly { readonly path: string; readonly sha256?: string | undefined }[]): string {
  return files.map(({ path, sha256 }) => `${sha256} *${path}\n`).join('');
}

/**
 * Recovers a point step by step with the tools of the system, until its tables are compared; then cleans up.
 * @throws when any step fails: what is measured is a recovery that succeeds.
 */
export async function recoverByHand(prepared: Prepared): Promise<HandTimes> {
  const work = await realpath(await mkdtemp(join(prepared.directory, 'by-hand-')));
  await writeFile(join(work, 'stored.list'), prepared.storedList);
  await writeFile(join(work, 'content.list'), prepared.contentList);
  const type = (commands: string) => shell(commands, work, { POINT: prepared.pointDirectory });
  const fetch = await seconds(() => type('cp -a "$POINT" copy'));
  const verifyStored = await seconds(() => type(`cd copy && ${opensslOver('../stored.list')}`));
  const unpack = await seconds(() => type(UNPACK));
  const verifyFiles = await seconds(() => type(`cd data && ${opensslOver('../content.list')}`));
  const coreutils = await seconds(() =>
    type('(cd copy && sha256sum --quiet -c ../stored.list) && (cd data && sha256sum --quiet -c ../content.list)'),
  );
  let server = { stop: async () => {} };
  try {
    const postgres = await seconds(async () => {
      server = await startServer(prepared, work);
    });
    const compare = await seconds(() => compareTables(prepared.record, work));
    const cleanup = await seconds(async () => {
      await server.stop();
      await type('rm -rf copy data');
    });
    return { fetch, verifyStored, unpack, verifyFiles, postgres, compare, cleanup, coreutils };
  } finally {
    await server.stop();
    await shell('rm -rf "$WORK"', '/', { WORK: work });
  }
}

/** The seconds until validated. */
export function untilValidated(times: HandTimes): number {
  const { fetch, verifyStored, unpack, verifyFiles, postgres, compare } = times;
  return fetch + verifyStored + unpack + verifyFiles + postgres + compare;
}

const UNPACK = `mkdir -m 700 data
zstd -dcq copy/base.tar.zst | tar -C data --no-same-owner -xf -
zstd -dcq copy/wal.tar.zst | tar -C data/pg_wal --no-same-owner -xf -
touch data/recovery.signal`;

/** Debian's `sha256sum` does not use the processor's SHA instructions; `openssl` does, so it is the harder one to match. */
const opensslOver = (list: string) => `cut -c67- ${list} | xargs -d '\\n' openssl dgst -sha256 -r | cmp - ${list}`;

async function shell(commands: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...environment };
  await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', commands], { cwd, env });
}

async function seconds(step: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await step();
  return (performance.now() - begin) / 1000;
}

/** Starts the server with the recovery settings of the drill, and waits until it was promoted. */
async function startServer({ binaries, runAs, record }: Prepared, work: string) {
  const { recoveryTarget } = record;
  await writeFile(join(work, 'access.conf'), 'local all all trust\n');
  if (recoveryTarget.kind !== 'name') throw new Error('the recovery point has no named moment to stop at');
  const settings = {
    hba_file: join(work, 'access.conf'),
    listen_addresses: '',
    unix_socket_directories: work,
    archive_mode: 'off',
    hot_standby: 'off',
    restore_command: 'exit 1',
    recovery_target_name: recoveryTarget.name,
    recovery_target_timeline: 'current',
    recovery_target_action: 'promote',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = runAs.wrap(binaries.postgres, ['-D', join(work, 'data'), ...options]);
  const log = openSync(join(work, 'postgresql.log'), 'a');
  const { file, args, uid, gid } = command;
  const child = spawn(file, [...args], {
    stdio: ['ignore', log, log],
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGQUIT');
    await ended;
  };
  try {
    await untilPromoted(record, work);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { stop };
}

async function untilPromoted(record: BaseBackupRecord, work: string): Promise<void> {
  const deadlineMs = performance.now() + SERVER_SECONDS_MAX * 1000;
  while (performance.now() < deadlineMs) {
    const client = await connect(record, work).catch(() => undefined);
    if (client) {
      const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
      await client.end();
      if (rows[0]?.recovering === false) return;
    }
    await delay(POLL_MS);
  }
  throw new Error('the server was not promoted');
}

/** The same SQL over the same tables, on one connection. */
async function compareTables(record: BaseBackupRecord, work: string): Promise<void> {
  const client = await connect(record, work);
  try {
    await pinTextForms(client);
    for (const { schema, name, rowCount, fingerprint } of record.tables) {
      const found = await fingerprintTable(client, { schema, name });
      if (found.rowCount !== rowCount || found.fingerprint !== fingerprint)
        throw new Error(`${schema}.${name} differs`);
    }
  } finally {
    await client.end();
  }
}

async function connect({ database, superuser }: BaseBackupRecord, host: string): Promise<Client> {
  const client = new Client({ host, port: 5432, database, user: superuser });
  client.on('error', () => {
    // The statement under way reports the loss.
  });
  await client.connect();
  return client;
}
