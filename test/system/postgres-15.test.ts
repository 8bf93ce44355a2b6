import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ownPoints } from './backups.ts';
import { drillReport, drillRuns } from './drills.ts';
import { type ExternalServer, startExternalServer } from './external-server.ts';
import { leftoversOf, useInstallations } from './installation.ts';
import { commandWithoutDirectory, NO_MOUNT_NAMESPACE } from './mount-namespace.ts';
import { type LaunchOptions, startService } from './service.ts';

/** Where Debian and its relatives put the packages `postgresql-*`. */
const PACKAGES = '/usr/lib/postgresql';
const BIN = `${PACKAGES}/15/bin`;
const isHere = existsSync(`${BIN}/initdb`);

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let server: ExternalServer;

describe.skipIf(!isHere)(`on PostgreSQL 15, the oldest major (skipped where ${BIN} is missing)`, () => {
  beforeAll(async () => {
    server = await startExternalServer(await newInstallation(), BIN);
  }, 90_000);

  const start = async (url: string, options: LaunchOptions = {}) => {
    const installation = await newInstallation();
    return startService(installation, { ...options, environment: { DATABASE_URL: url }, until: 'card' });
  };

  it('migrates, backs up and restores under a second server of that major', async () => {
    const service = await start(await server.makeDatabase('replicating', 'CREATEROLE REPLICATION'));
    const [point] = await ownPoints(service.api);
    expect([point?.method, point?.serverMajor, point?.verdict]).toEqual(['base-backup', 15, 'sound']);
    const [run] = await drillRuns(service.api);
    const report = await drillReport(service.api, run?.id ?? '');
    expect([report.verdicts.procedure.outcome, report.validation.status]).toEqual(['passed', 'passed']);
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(service.installation)).toEqual([]);
  });

  it('takes a dump where the role may not replicate, and the dump comes back equal', async () => {
    const service = await start(await server.makeDatabase('dumping'));
    const [point] = await ownPoints(service.api);
    expect([point?.method, point?.verdict]).toEqual(['pg-dump', 'sound']);
    const [run] = await drillRuns(service.api);
    const report = await drillReport(service.api, run?.id ?? '');
    expect(report.verdicts.procedure.outcome).toBe('passed');
    expect(report.validation.tablesEqual).toBe(report.validation.tablesCompared);
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(service.installation)).toEqual([]);
  });

  it('without programs of that major the service works, and says exactly what a backup would need', async (context) => {
    const command = commandWithoutDirectory(PACKAGES);
    if (!command) return context.skip(NO_MOUNT_NAMESPACE);
    const service = await start(await server.makeDatabase('alone', 'CREATEROLE REPLICATION'), { command });
    expect(service.said().join('\n')).toMatch(
      /Nothing is proven yet: .*the programs of a PostgreSQL 15 server.*pg_dump and pg_restore 15/,
    );
    const team = await service.api.request('POST', '/api/v1/teams', { body: { name: 'one', roles: [], members: [] } });
    expect(team.status).toBe(201);
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(service.installation)).toEqual([]);
  });
});
