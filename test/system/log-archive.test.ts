import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readPostmasterPid } from '../../src/database/server/postmaster-pid.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { verifyTarget } from '../../src/verification/verify-target.ts';
import { muster } from '../cli/cli.ts';
import { withRuntimeOf } from '../cli/runtime.ts';
import { scaled } from '../support/scale.ts';
import { apiOf } from './api.ts';
import { eventually } from './eventually.ts';
import { furnish } from './furnished.ts';
import { type Installation, useInstallations } from './installation.ts';
import { type Service, startService } from './service.ts';
import { startWriters, teamsNamed } from './writers.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });
const newInstallation = useInstallations();

let installation: Installation;
let service: Service;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await startService(installation);
});

const KILLS = scaled(2);

async function query<Row extends object>(sql: string): Promise<Row[]> {
  const host = (await readPostmasterPid(join(installation.data, 'postgres')))?.socketDirectory ?? '';
  const client = new Client({ host, port: 5432, database: 'muster', user: 'postgres' });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const switchSegment = () => query('SELECT pg_switch_wal()');

/** Waits until the slot has let go of everything that is written now. */
async function archived(): Promise<void> {
  const [now] = await query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await eventually('the log is archived', 30, async () => {
    const rows = await query(
      `SELECT FROM pg_replication_slots WHERE slot_name LIKE 'muster_wal_%' AND restart_lsn >= '${now?.lsn}'`,
    );
    return rows.length > 0 || undefined;
  });
}

async function archiveOf(data: string): Promise<{ readonly directory: string; readonly names: readonly string[] }> {
  const wal = join(data, 'backups', 'muster-database', 'wal');
  const [identifier = ''] = await readdir(wal);
  return { directory: join(wal, identifier), names: await readdir(join(wal, identifier)) };
}

/** What is wrong with what lies under the name of a complete segment: nothing may be. */
async function halfSegments(): Promise<string[]> {
  const { directory, names } = await archiveOf(installation.data);
  const systemIdentifier = BigInt(directory.slice(directory.lastIndexOf('/') + 1));
  const wrong: string[] = [];
  for (const file of names.filter((name) => name.endsWith('.zst') && !name.startsWith('.'))) {
    const target = { kind: 'wal-segment', path: file, directory, file, sizeBytes: 0, systemIdentifier } as const;
    const { findings } = await verifyTarget(target, { level: 'structure', limits: DEFAULT_LIMITS, publicKeys: [] });
    wrong.push(...findings.map(({ message }) => message));
  }
  return wrong;
}

function teamsOf(target: Installation): Promise<string[]> {
  return withRuntimeOf(target, async ({ db }) => {
    const teams = await db.rows<{ name: string }>(`SELECT name FROM principal WHERE name LIKE '%-team' ORDER BY name`);
    return teams.map(({ name }) => name);
  });
}

describe('the archive of the log', () => {
  it('survives kill -9 of the service at any moment: no half segment, nothing confirmed is lost, and it goes on', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writers = startWriters(service.api, 3, `kill-${kill}`);
      await eventually('it writes', 60, () => writers.acknowledged.size > 20 || undefined);
      // Segments are completed while it dies.
      await switchSegment();
      await delay(30 * kill);
      await service.kill();
      await writers.stop();
      expect(await halfSegments()).toEqual([]);
      service = await startService(installation);
      await archived();
    }
    expect(service.stderr()).not.toContain('log-archive.gap');
    const [set] = (await service.api.get<{ items: { name: string; logArchive: object }[] }>('/backup-sets')).items;
    expect(set).toMatchObject({
      name: 'muster-database',
      logArchive: { state: 'archiving', failure: null, gap: null },
    });
    const metrics = await service.api.request('GET', '/metrics');
    expect(metrics.text).toMatch(/^muster_log_archive_lag_seconds \d/m);
    const checked = await muster(installation, ['schedule', 'run', 'muster-database.check-archive', '--json']);
    expect(checked.json()).toMatchObject({ state: 'completed' });
    const sets = await muster(installation, ['backup', 'sets']);
    expect(sets.stdout).toMatch(/^muster-database, log archive: archiving, .* behind; sound on /m);
  });

  it('brings the lost installation back to any moment since its backup, and to its last one', async () => {
    const backup = await muster(installation, ['backup', 'take']);
    expect(backup.code).toBe(0);
    const create = (name: string) =>
      service.api.request('POST', '/api/v1/teams', { body: { name, roles: [], members: [] } });
    expect((await create('kept-team')).status).toBe(201);
    await delay(50);
    const moment = new Date().toISOString();
    await delay(50);
    expect((await create('late-team')).status).toBe(201);
    await switchSegment();
    await archived();
    await service.kill();
    const lost = join(installation.root, 'data.broken');
    await rename(installation.data, lost);

    const restore = (target: Installation, to: string) =>
      muster(target, [
        ...['restore', '--from', join(lost, 'backups'), '--to', to],
        ...['--identity', join(lost, 'keys', 'recovery-identity.txt'), '--json'],
      ]);
    const early = await newInstallation();
    const restored = await restore(early, moment);
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.json()).toMatchObject({
      recovered: { segments: expect.any(Number), lastTransactionAt: expect.any(String) },
      tables: null,
      keys: { canaryOpened: true },
      audit: { findings: [] },
    });
    expect(await teamsOf(early)).toEqual(['kept-team']);

    // Whoever puts it back where it was finds the archive going on, on a timeline of its own.
    await mkdir(installation.data);
    await rename(join(lost, 'backups'), join(installation.data, 'backups'));
    const latest = await muster(installation, [
      ...['restore', '--from', join(installation.data, 'backups'), '--to', 'latest'],
      ...['--identity', join(lost, 'keys', 'recovery-identity.txt')],
    ]);
    expect(latest.code, latest.stderr).toBe(0);
    expect(latest.stdout).toMatch(/^Recovered +with \d+ segments of archived log, to the transaction of /m);
    service = await startService(installation);
    await archived();
    const { names } = await archiveOf(installation.data);
    expect(names).toContain('00000002.history');
    expect(names.some((name) => name.startsWith('.00000002'))).toBe(true);
    const token = (await readFile(join(lost, 'admin-token'), 'utf8')).trim();
    const api = apiOf(service.url, token);
    expect((await teamsNamed(api, 'kept-')).size + (await teamsNamed(api, 'late-')).size).toBe(2);
    expect((await service.stop()).code).toBe(0);
  });
});
