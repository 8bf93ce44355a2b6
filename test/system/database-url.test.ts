import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { muster } from '../cli/cli.ts';
import { ownPoints } from './backups.ts';
import { drillReport, drillRuns, runDrill } from './drills.ts';
import { eventually } from './eventually.ts';
import { type ExternalServer, freePort, startExternalServer } from './external-server.ts';
import { type Installation, leftoversOf, useInstallations } from './installation.ts';
import { otherServer, serverOfVersion } from './other-server.ts';
import { complaintsIn, failToStart, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let server: ExternalServer;

beforeAll(async () => {
  server = await startExternalServer(await newInstallation());
}, 90_000);

describe('on a server of somebody else', () => {
  it('migrates, backs up, rehearses the restore and stops, with a role that may make roles and replicate', async () => {
    const installation = await newInstallation();
    const url = await server.makeDatabase('whole', 'CREATEROLE REPLICATION');
    const service = await startService(installation, { environment: { DATABASE_URL: url }, until: 'card' });
    const [run] = await drillRuns(service.api);
    const report = await drillReport(service.api, run?.id ?? '');
    expect(report.verdicts.procedure.outcome).toBe('passed');
    expect(report.validation.tablesCompared).toBeGreaterThan(40);
    // The data is not here, so nothing is said about sharing its disk.
    expect(service.stdout()).not.toMatch(/same disk|another disk/);
    expect(existsSync(join(installation.data, 'postgres'))).toBe(false);
    // What it works under owns nothing: the ledgers cannot be changed by it.
    const [role] = await server.query<{ usename: string }>(
      'whole',
      `SELECT DISTINCT pg_get_userbyid(relowner) AS usename FROM pg_class WHERE relname = 'audit_entry'`,
    );
    expect(role?.usename).toBe('whole');
    expect(service.stderr()).not.toContain('no service role');
    expect(service.stderr()).not.toContain('pass-whole');
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  });

  it('works for a role that may do nothing but own its database, warned, and says what a backup would need', async () => {
    const installation = await newInstallation();
    const url = await server.makeDatabase('plain');
    const service = await startService(installation, { environment: { DATABASE_URL: url }, until: 'card' });
    expect(service.stderr()).toContain('no service role: ledgers are protected by their triggers alone');
    const team = await service.api.request('POST', '/api/v1/teams', { body: { name: 'one', roles: [], members: [] } });
    expect(team.status).toBe(201);
    const [point] = await ownPoints(service.api);
    if (point) {
      // A pg_dump of this major is on this machine.
      expect([point.verdict, (await runDrill(service.api)).procedure.outcome]).toEqual(['sound', 'passed']);
    } else {
      expect(service.said().join('\n')).toMatch(/Nothing is proven yet: .*REPLICATION.*pg_dump 18 or newer/);
      expect(service.stdout()).toMatch(/Backup +none yet/);
    }
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  });

  it('goes on by itself after the server was restarted', async () => {
    const own = await newInstallation();
    const other = await startExternalServer(own);
    const url = await other.makeDatabase('restarted', 'CREATEROLE');
    const service = await startService(own, { environment: { DATABASE_URL: url } });
    await other.restart();
    await eventually('it takes writes again', 30, async () => {
      const body = { name: 'after the restart', roles: [], members: [] };
      const { status } = await service.api.request('POST', '/api/v1/teams', { body });
      return [201, 409].includes(status) || undefined;
    });
    expect((await service.stop()).code).toBe(0);
    await other.stop();
  });
});

describe('a DATABASE_URL that leads nowhere is refused with one line that says where and why', () => {
  const expectOneLine = async (
    installation: Installation,
    end: { readonly code: number | null; readonly stderr: string },
    line: RegExp,
  ) => {
    expect(complaintsIn(end.stderr)).toEqual([expect.stringMatching(line)]);
    expect(end.code).toBe(1);
    expect(end.stderr).not.toContain('s3cret');
    expect(await leftoversOf(installation)).toEqual([]);
  };
  /** `serve` in the process that the file's tests share; the first of them has a process of its own. */
  const refuse = async (url: string, line: RegExp) => {
    const installation = await newInstallation();
    const end = await muster(installation, ['serve'], { MUSTER_LOG_LEVEL: 'info', DATABASE_URL: url });
    await expectOneLine(installation, end, line);
  };

  it('nothing listens', async () => {
    const port = await freePort();
    const installation = await newInstallation();
    const end = await failToStart(installation, {
      environment: { DATABASE_URL: `postgres://a:s3cret@127.0.0.1:${port}/a` },
    });
    await expectOneLine(installation, end, new RegExp(`a@127.0.0.1:${port}/a cannot be reached: .*ECONNREFUSED`));
  });

  it('the host is not known', () =>
    refuse('postgres://a:s3cret@no-such-host.invalid/a', /no-such-host\.invalid:5432\/a cannot be reached: /));

  it('the password is wrong', async () => {
    await server.makeDatabase('locked');
    await refuse(
      `postgres://locked:s3cret@127.0.0.1:${server.port}/locked`,
      /refuses the connection: password authentication failed/,
    );
  });

  it('the database does not exist', async () => {
    const url = await server.makeDatabase('single');
    await refuse(
      url.replace(/single$/, 'other'),
      /single@127.* refuses the connection: database "other" does not exist/,
    );
  });

  it('it is a web server', async () => {
    const web = await otherServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    try {
      await refuse(`postgres://a:s3cret@127.0.0.1:${web.port}/a`, /cannot be reached: .* Is it a running PostgreSQL\?/);
    } finally {
      web.close();
    }
  });

  it('it never answers', async () => {
    const silent = await otherServer(() => {});
    try {
      await refuse(`postgres://a:s3cret@127.0.0.1:${silent.port}/a`, /cannot be reached: .*timeout/);
    } finally {
      silent.close();
    }
  });

  it('its major is too old', async () => {
    const old = await otherServer(serverOfVersion(140_012));
    try {
      await refuse(`postgres://a:s3cret@127.0.0.1:${old.port}/a`, /PostgreSQL 14 is not supported: use 15 to 18/);
    } finally {
      old.close();
    }
  });
});
