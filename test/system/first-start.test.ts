import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { evidenceProblems } from '../../src/drills/evidence.ts';
import { formatBytes, formatSeconds } from '../../src/kernel/units.ts';
import { drillReport, drillRun, drillRuns } from './drills.ts';
import { type Installation, leftoversOf, useInstallations } from './installation.ts';
import { type Service, startService } from './service.ts';
import { unzip } from './zip.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let installation: Installation;
let service: Service;
let runId: string;

beforeAll(async () => {
  installation = await newInstallation();
  service = await startService(installation, { until: 'card' });
  const [run] = await drillRuns(service.api);
  runId = run?.id ?? '';
}, 90_000);

/** The one recovery point, as it lies on the disk. */
function storedPoint() {
  const set = join(installation.data, 'backups', 'muster-database');
  // Beside the points lies the archived log.
  const [name = '', ...others] = readdirSync(set).filter((found) => found !== 'wal');
  const directory = join(set, name);
  const files = readdirSync(directory);
  const sizeBytes = files.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
  const manifest = readFileSync(join(directory, 'manifest.json'));
  return { name, others, sizeBytes, digest: createHash('sha256').update(manifest).digest('hex') };
}

describe('the first start in a new directory', () => {
  it('takes a backup, reads it back in full, and restores it in a second PostgreSQL', async () => {
    const report = await drillReport(service.api, runId);
    const point = storedPoint();
    expect(point.others).toEqual([]);
    expect(report.recoveryPoint).toMatchObject({ sha256: point.digest, sizeBytes: point.sizeBytes });
    expect(report.run).toMatchObject({ drill: 'muster-database', trigger: 'first-start', status: 'completed' });
    expect(report.verdicts.procedure.outcome).toBe('passed');
    expect(report.validation).toMatchObject({ status: 'passed', tablesCompared: report.validation.tablesEqual });
    expect(report.validation.tablesCompared).toBeGreaterThan(40);
    const compared = report.checks.filter((check) => check.result === 'passed').map((check) => check.subject);
    expect(compared).toEqual(expect.arrayContaining(['public.audit_entry', 'public.drill_run', 'secret canary']));
  });

  it('times every phase, from the trigger to validated, against the emergency target', async () => {
    const report = await drillReport(service.api, runId);
    const seconds = new Map(report.phases.map((phase) => [phase.phase, phase.seconds]));
    const technical = (['provision', 'fetch', 'verify', 'restore', 'validate'] as const).map(
      (phase) => seconds.get(phase) ?? -1,
    );
    expect(Math.min(...technical)).toBeGreaterThan(0);
    const sum = technical.reduce((total, one) => total + one, 0);
    expect(report.headline.technicalRtaSeconds).toBeCloseTo(sum, 3);
    expect(report.headline).toMatchObject({ rtoSeconds: 4 * 3600, result: 'met' });
    expect(report.policy).toMatchObject({ severity: 'emergency', notice: 'example targets, not your commitment' });
    expect(seconds.get('respond')).toBeNull();
    expect(report.targets.find((target) => target.target === 'rpo')).toMatchObject({
      result: 'met',
      actualSeconds: report.recoveryPoint?.ageSeconds,
    });
  });

  it('answers the report over HTTP as JSON and as one page that loads nothing, with the same figures', async () => {
    const report = await drillReport(service.api, runId);
    const page = await service.api.request('GET', `/api/v1/drill-runs/${runId}/report.html`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain(formatSeconds(report.headline.technicalRtaSeconds ?? -1));
    expect(page.text).toContain(`${report.validation.tablesEqual} of ${report.validation.tablesCompared} tables equal`);
    expect(page.text).toContain(storedPoint().digest);
    expect(page.text).toContain('Example targets, not your commitment.');
    expect(page.text).not.toMatch(/<script|src=|href="http/i);
  });

  it('answers the evidence as a bundle whose signature fits, and shows nothing wrong with it', async () => {
    const response = await fetch(`${service.url}/api/v1/drill-runs/${runId}/bundle`, {
      headers: { authorization: `Bearer ${service.api.token}` },
    });
    expect(response.headers.get('content-type')).toBe('application/zip');
    const files = unzip(Buffer.from(await response.arrayBuffer()));
    expect([...files.keys()].toSorted()).toEqual([
      'README.txt',
      'definition.yaml',
      'evidence.json',
      'report.html',
      'report.json',
    ]);
    const report = files.get('report.json')?.toString() ?? '';
    const evidence = JSON.parse(files.get('evidence.json')?.toString() ?? '');
    expect(evidenceProblems({ ...evidence, report })).toEqual([]);
    expect(evidenceProblems({ ...evidence, report: report.replace('"met"', '"missed"') })).not.toEqual([]);
    expect(files.get('definition.yaml')?.toString()).toBe(readFileSync('drills/muster-database.yaml', 'utf8'));
    expect((await drillRun(service.api, runId)).evidence?.problems).toEqual([]);
  });

  it('ends with a card of what was proven, what was not, and what to do next', async () => {
    const report = await drillReport(service.api, runId);
    const point = storedPoint();
    const card = service.stdout();
    expect(card).toContain(`${point.name}: ${formatBytes(point.sizeBytes)}, SHA-256 ${point.digest.slice(0, 16)}`);
    expect(card).toMatch(/one byte changed in a copy: found in [\w.]+ at offset \d+/);
    expect(card).toContain(
      `${report.validation.tablesEqual} of ${report.validation.tablesCompared} tables equal in rows and content`,
    );
    expect(card).toContain(
      `technical RTA ${formatSeconds(report.headline.technicalRtaSeconds ?? -1)} against RTO 4 h 00 min (example target`,
    );
    expect(card).toMatch(/Not proven +the human response, physical replacement, the loss of this host/);
    expect(card).toMatch(/Next +backup \d{4}-\d\d-\d\d \d\d:\d\d:00 UTC, drill \d{4}-\d\d-\d\d/);
    const file = /Report +(\S+\.html)/.exec(card)?.[1] ?? '';
    expect(readFileSync(file, 'utf8')).toContain(runId);
    expect(card.match(/^ {14}\d\. |Do next +1\. /gm)).toHaveLength(3);
  });

  it('keeps the one admin token in a file for its owner only, and works with it', async () => {
    const file = join(installation.data, 'admin-token');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const me = await service.api.get<{ roles: string[] }>('/me');
    expect(me.roles).toEqual(['admin']);
    expect(service.stdout()).not.toContain(readFileSync(file, 'utf8').trim());
    expect(service.stderr()).not.toContain(readFileSync(file, 'utf8').trim());
  });

  it('closes the data directory and every key to others', () => {
    const modes = [installation.data, join(installation.data, 'keys'), join(installation.data, 'backups')].map((path) =>
      (statSync(path).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['700', '700', '700']);
    const keys = join(installation.data, 'keys');
    for (const name of readdirSync(keys)) expect(statSync(join(keys, name)).mode & 0o077).toBe(0);
  });

  it('shows what it proves to nobody who has not signed in', async () => {
    const page = await fetch(service.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).not.toContain(storedPoint().digest);
    const overview = await fetch(`${service.url}/api/v1/overview`);
    expect(overview.status).toBe(401);
    expect(await overview.text()).not.toContain(storedPoint().digest);
  });
});

describe('the second start', () => {
  it('makes no second token, backup or drill, and prints a sign-in link that works once', async () => {
    const token = readFileSync(join(installation.data, 'admin-token'), 'utf8');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(await leftoversOf(installation)).toEqual([]);

    // A terminal: only there is the link printed.
    service = await startService(installation, {
      command: ['script', '-qec', `'${process.execPath}' src/main.ts`, '/dev/null'],
      until: 'card',
    });
    expect(service.stdout()).not.toContain('Admin token');
    expect(readFileSync(join(installation.data, 'admin-token'), 'utf8')).toBe(token);
    const tokens = await service.api.get<{ items: { name: string }[] }>('/tokens');
    expect(tokens.items.map(({ name }) => name)).toEqual([expect.stringMatching(/^first start in data directory /)]);
    expect((await drillRuns(service.api)).map(({ id }) => id)).toEqual([runId]);
    expect(storedPoint().others).toEqual([]);

    await signInOnce();
  });
});

async function signInOnce(): Promise<void> {
  const link = /Sign in once at (\S+)/.exec(service.stdout())?.[1] ?? '';
  const button = await fetch(link);
  expect(await button.text()).toContain('Sign in to Muster');
  const use = () =>
    fetch(`${service.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: service.url },
      body: new URLSearchParams({ token: new URL(link).searchParams.get('token') ?? '' }),
    });
  const used = await use();
  expect([used.status, used.headers.get('location')]).toEqual([303, '/']);
  const [cookie = ''] = used.headers.getSetCookie();
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  const overview = await fetch(`${service.url}/api/v1/overview`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(overview.status).toBe(200);
  const text = await overview.text();
  expect(text).toContain(storedPoint().digest);
  expect(text).toContain(runId);
  expect((await use()).status).toBeGreaterThanOrEqual(400);
}
