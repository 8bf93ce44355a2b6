import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createKeyring } from '../../src/secrets/keyring.ts';
import { drillRuns } from './drills.ts';
import { eventually } from './eventually.ts';
import { type ExternalServer, startExternalServer } from './external-server.ts';
import { type Installation, leftoversOf, useInstallations } from './installation.ts';
import { failToStart, type Service, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let server: ExternalServer;

beforeAll(async () => {
  server = await startExternalServer(await newInstallation());
}, 90_000);

describe('three replicas', () => {
  it('that start at once on an empty database all come up: one migrates, one has the token, one drill runs, every slot fires once', async () => {
    const shared = await newInstallation();
    const keys = join(shared.root, 'keys');
    await createKeyring(keys);
    const url = await server.makeDatabase('replicas', 'CREATEROLE REPLICATION');
    const environment = {
      DATABASE_URL: url,
      MUSTER_BACKUP_DIR: join(shared.root, 'backups'),
      MUSTER_ANCHOR_DIR: join(shared.root, 'anchors'),
    };
    const installations = await Promise.all([newInstallation(), newInstallation(), newInstallation()]);
    for (const { data } of installations) {
      await mkdir(data, { mode: 0o700 });
      await cp(keys, join(data, 'keys'), { recursive: true });
    }
    const replicas = await Promise.all(
      installations.map((installation) => startService(installation, { environment, until: 'card' })),
    );
    const migrated = replicas.filter((replica) => replica.stderr().includes('schema brought up to date'));
    expect(migrated).toHaveLength(1);
    const [keeper, ...others] = replicas.filter(({ api }) => api.token !== '');
    expect(others).toEqual([]);
    const runs = await drillRuns(keeper?.api ?? expect.fail('no replica has the token'));
    expect(runs.filter(({ status }) => status !== 'skipped').map(({ status }) => status)).toEqual(['completed']);
    await expectEverySlotOnce(replicas);
    await expectKeysAreNeeded(await newInstallation(), environment);
    const exits = await Promise.all(replicas.map((replica) => replica.stop()));
    expect(exits.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const installation of installations) expect(await leftoversOf(installation)).toEqual([]);
  });
});

/** Ten slots come due at once for three replicas, as after an outage. */
async function expectEverySlotOnce(replicas: readonly Service[]): Promise<void> {
  await server.query(
    'replicas',
    `UPDATE schedule SET cron = '* * * * *', catch_up = 'all', cursor_at = now() - interval '10 minutes'
      WHERE name = 'system.tidy'`,
  );
  const fires = () =>
    server.query<{ state: string; outcome: string | null }>(
      'replicas',
      `SELECT f.state, f.outcome FROM schedule_fire f JOIN schedule s ON s.id = f.schedule_id WHERE s.name = 'system.tidy'`,
    );
  const all = await eventually('every slot has fired, and its job has ended', 60, async () => {
    const rows = await fires();
    return rows.length >= 10 && rows.every(({ outcome }) => outcome !== null) ? rows : undefined;
  });
  expect(new Set(all.map(({ state, outcome }) => `${state} ${outcome}`))).toEqual(new Set(['fired completed']));
  const carriedOut = replicas.flatMap((replica) => replica.stderr().match(/expired records removed/g) ?? []);
  // One more slot may have come due at the turn of the minute.
  expect([all.length, (await fires()).length]).toContain(carriedOut.length);
}

/** One more replica, whose key files were forgotten: it must not make keys of its own. */
async function expectKeysAreNeeded(fourth: Installation, environment: Readonly<Record<string, string>>): Promise<void> {
  const end = await failToStart(fourth, { environment });
  expect([end.code, end.lines]).toEqual([
    1,
    [expect.stringMatching(/^muster: The key file .*master\.key is missing: put it back/)],
  ]);
  expect(await leftoversOf(fourth)).toEqual([]);
}
