import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { drillRun, OWN_DRILL } from '../system/drills.ts';
import { eventually } from '../system/eventually.ts';
import { furnish } from '../system/furnished.ts';
import { connectTo, holdPhase, releasePhases } from '../system/held-phase.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { type Service, startService } from '../system/service.ts';
import { begin, muster } from './cli.ts';

const newInstallation = useInstallations();
let installation: Installation;
let service: Service;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await startService(installation);
}, 120_000);

const cli = (...args: string[]) => muster(installation, args);

/** The status that the API answers to a token. */
async function statusFor(token: string): Promise<number> {
  return (await service.api.as(token).request('GET', '/api/v1/drills')).status;
}

interface MadeToken {
  readonly id: string;
  readonly name: string;
  readonly for: { readonly id: string; readonly name: string };
  readonly expiresAt: string | null;
  readonly secret: string;
}

describe('tokens', () => {
  it('are made with a service account, alone on standard output; they work, are listed without secret, and are revoked', async () => {
    const made = await cli(
      ...['token', 'create', '--for', 'barcode-scanner', '--name', 'scanner 7', '--expires-in-days', '30'],
      ...[
        '--new-service-account',
        '--purpose',
        'hand scanner in store 2',
        '--role',
        'asset-manager',
        '--role',
        'viewer',
      ],
    );
    expect(made.code).toBe(0);
    const secret = made.stdout.trim();
    expect(secret).toMatch(/^muster_[\w-]{43}$/);
    expect(made.stderr).not.toContain(secret);
    expect(made.stderr).toMatch(/^Token [0-9a-f-]{36} of barcode-scanner, good until .*shown this once\.\n$/);
    expect(await statusFor(secret)).toBe(200);

    const listed = await cli('token', 'list', '--for', 'barcode-scanner', '--json');
    expect(listed.stdout).not.toContain(secret);
    const { items } = listed.json<{ items: { id: string; state: string; name: string; expiresAt: string }[] }>();
    expect(items).toMatchObject([{ name: 'scanner 7', state: 'good', principalName: 'barcode-scanner' }]);
    const daysLeft = (Date.parse(items[0]?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(daysLeft).toBeGreaterThan(29.9);
    expect(daysLeft).toBeLessThan(30.1);
    const accounts = await service.api.get<{ items: { name: string; owner: { name: string }; roles: string[] }[] }>(
      '/service-accounts',
    );
    expect(accounts.items).toMatchObject([
      { name: 'barcode-scanner', owner: { name: 'administrators' }, roles: ['asset-manager', 'viewer'] },
    ]);

    const id = items[0]?.id ?? '';
    expect(await cli('token', 'revoke', id)).toMatchObject({ code: 0, stdout: `Token ${id} is revoked.\n` });
    await eventually('the revoked token is refused', 5, async () => (await statusFor(secret)) === 401 || undefined);
    expect((await cli('token', 'list')).stdout).toMatch(new RegExp(`${id} .*barcode-scanner .*scanner 7 +revoked`));
  });

  it('are an object with --json, and nothing else is said', async () => {
    const made = await cli('token', 'create', '--for', 'ADMINISTRATORS', '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const token = made.json<MadeToken>();
    expect(token).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'made by muster token create',
      for: { id: expect.any(String), name: 'administrators' },
      expiresAt: null,
      secret: expect.stringMatching(/^muster_/),
    });
    expect(await statusFor(token.secret)).toBe(200);
  });

  it('leave no account behind when the name is taken, and say so in one line', async () => {
    const refused = await cli(
      ...['token', 'create', '--for', 'administrators', '--new-service-account', '--purpose', 'x', '--role', 'viewer'],
    );
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^muster: A principal named administrators exists already: choose another name\n$/);
  });
});

describe('a sign-in link', () => {
  it('signs in whoever answers for Muster, once', async () => {
    const made = await muster(installation, ['token', 'sign-in-link', '--url', `${service.url}/`]);
    expect(made.code).toBe(0);
    const link = new URL(made.stdout.trim());
    expect(link.origin).toBe(service.url);
    expect(made.stderr).toBe('Signs in as administrators, once, within 15 minutes.\n');
    const secret = link.searchParams.get('token') ?? '';
    expect(secret).toMatch(/^muster_link_/);
    expect(made.stderr).not.toContain(secret);
    const use = () =>
      fetch(`${service.url}/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: service.url },
        body: new URLSearchParams({ token: secret }),
      });
    expect((await use()).status).toBe(303);
    expect((await use()).status).toBe(401);
  });

  it('needs an address when the port is not known', async () => {
    const refused = await cli('token', 'sign-in-link');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^muster: MUSTER_PORT is 0.*--url.*\n$/);
  });
});

describe('schedules', () => {
  it('are listed with their next slot, paused and resumed', async () => {
    const list = (await cli('schedule', 'list', '--json')).json<{ items: { name: string; nextSlots: unknown[] }[] }>();
    expect(list.items.map(({ name }) => name)).toEqual([
      'alert.ladders',
      'alert.signals',
      'allocation.expired-holds',
      'allocation.reminders',
      'backup.watch',
      'drill.watch',
      'improvement.overdue-actions',
      `${OWN_DRILL}.backup`,
      `${OWN_DRILL}.check`,
      `${OWN_DRILL}.check-archive`,
      `${OWN_DRILL}.drill`,
      'notices.sweep',
      'on-call.gaps',
      'process-review.plan',
      'process-review.watch',
      'sla.clock-marks',
      'system.tidy',
    ]);
    expect(list.items.every(({ nextSlots }) => nextSlots.length === 5)).toBe(true);

    expect(await cli('schedule', 'pause', 'system.tidy')).toMatchObject({ code: 0 });
    expect((await cli('schedule', 'list')).stdout).toMatch(/^system\.tidy +7 \* \* \* \* +UTC +paused/m);
    const resumed = await cli('schedule', 'resume', 'system.tidy', '--json');
    expect(resumed.json<{ pausedAt: string | null }>().pausedAt).toBeNull();
  });

  it('run now on the service, and the command waits for the end', async () => {
    const ran = await cli('schedule', 'run', 'system.tidy', '--json');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ schedule: 'system.tidy', job: 'system.tidy', state: 'completed', attempt: 1 });
    const queued = await cli('schedule', 'run', 'system.tidy', '--no-wait', '--json');
    expect(queued.json()).toEqual({ schedule: 'system.tidy', jobId: expect.any(String) });
    const [schedule] = (await cli('schedule', 'list', '--json'))
      .json<{ items: { name: string; lastFire: unknown }[] }>()
      .items.filter(({ name }) => name === 'system.tidy');
    expect(schedule?.lastFire).toMatchObject({ manual: true, state: 'fired' });
  });
});

describe('drills', () => {
  it('are carried out by the service; the command shows the phases and ends with the result and the report', async () => {
    const ran = await cli('drill', 'run', OWN_DRILL, '--json');
    expect(ran.code).toBe(0);
    const result = ran.json<{ exitStatus: number; run: { id: string }; reportFiles: { html: string } }>();
    expect(result).toMatchObject({
      exitStatus: 0,
      run: { drill: OWN_DRILL, status: 'completed', validation: 'passed', cleanup: 'done', trigger: 'manual' },
      reportFiles: { html: join(installation.data, 'reports', `${result.run.id}.html`) },
    });
    expect(existsSync(result.reportFiles.html)).toBe(true);
    expect(await drillRun(service.api, result.run.id)).toMatchObject({
      requestedBy: expect.stringMatching(/^muster command/),
    });

    const file = join(installation.root, 'report.html');
    expect((await cli('drill', 'report', result.run.id, '--to', file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(await readFile(result.reportFiles.html, 'utf8'));
    const refused = await cli('drill', 'report', result.run.id, '--to', file);
    expect(refused).toMatchObject({ code: 1, stderr: `muster: ${file} exists: choose another name\n` });
    const unknown = await cli('drill', 'report', '01a2040b-b46e-71c8-ab73-e1ff8a5a2e60');
    expect([unknown.code, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toContain('There is no drill run 01a2040b');
  });

  it('become recoveries when a person says so twice; what came back stays until it is discarded', async () => {
    const name = `Sample operator ${newId()}`;
    const email = `${newId()}@example.org`;
    const added = await service.api.request('POST', '/api/v1/persons', { body: { name, email, roles: ['operator'] } });
    expect(added.status).toBe(201);
    const recover = (...options: string[]) => cli('drill', 'run', OWN_DRILL, '--mode', 'recovery', ...options);
    const unnamed = await recover('--confirm', OWN_DRILL, '--reason', 'The disk is broken');
    expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringContaining('name them with --by') });
    const unconfirmed = await recover('--confirm', 'file-tree', '--by', name, '--reason', 'The disk is broken');
    expect(unconfirmed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must repeat the name of the drill'),
    });
    const ran = await recover('--confirm', OWN_DRILL, '--by', name, '--reason', 'The disk is broken');
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(/^Recovery +muster-database: completed$/m)]);
    const [, runId = ''] = /^Kept +muster drill discard (\S+) removes it$/m.exec(ran.stdout) ?? [];
    const sandbox = join(installation.data, 'sandboxes', 'drills', `run-${runId}`);
    expect(existsSync(sandbox)).toBe(true);
    expect((await cli('drill', 'discard', runId)).code).toBe(0);
    expect(existsSync(sandbox)).toBe(false);
  });

  it('end at Ctrl-C: the run is cancelled and cleaned up, and the exit status says that it did not pass', async () => {
    const held = await holdPhase(service, 'verify');
    const command = begin(installation, ['drill', 'run', OWN_DRILL]);
    await held.reached();
    command.child.kill('SIGINT');
    await command.says(/Cancelling the drill/);
    await held.release();
    const { code, stdout } = await command.finished;
    await releasePhases(service);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Drill +muster-database: aborted, cancelled by muster command/m);
    expect(stdout).toMatch(/^Clean-up +done$/m);
    expect(readdirSync(join(installation.data, 'sandboxes', 'drills'))).toEqual(['.muster-sandboxes']);
  });

  it('are refused while one of the same name runs', async () => {
    const held = await holdPhase(service, 'fetch');
    const first = begin(installation, ['drill', 'run', OWN_DRILL]);
    await held.reached();
    const command = begin(installation, ['drill', 'run', OWN_DRILL, '--json']);
    const second = await command.finished;
    await held.release();
    expect((await first.finished).code).toBe(0);
    await releasePhases(service);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(second.stderr.trim())).toMatchObject({ error: 'drill-running' });
  });
});

describe('a worker', () => {
  it('joins the running service, works jobs of its own tag only, and stops in order', async () => {
    const worker = begin(installation, ['worker', '--tag', 'vault-1', '--tag', 'vault-2'], {
      MUSTER_LOG_LEVEL: 'info',
    });
    await worker.says(/"msg":"working jobs"/);
    const client = await connectTo(service);
    const { rows } = await client.query(`SELECT name FROM pgboss.queue WHERE name LIKE '%/vault-1' ORDER BY name`);
    await client.end();
    expect(rows.map(({ name }) => name)).toEqual(
      [
        'alert.judge-signals',
        'alert.tell-rungs',
        'allocation.note-expired',
        'allocation.remind-overdue',
        'backup.check-archive',
        'backup.check',
        'backup.connect',
        'backup.discover',
        'backup.retain',
        'backup.take',
        'backup.verify',
        'backup.watch',
        'drill.run',
        'drill.watch',
        'import.apply',
        'import.check',
        'improvement.overdue-actions',
        'notices.deliver',
        'notices.sweep',
        'on-call.tell-gaps',
        'process-review.plan',
        'process-review.watch',
        'sla.record-marks',
        'system.tidy',
      ].map((job) => `${job}/vault-1`),
    );
    worker.child.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.finished;
    expect([code, stdout]).toEqual([0, 'Muster works jobs of the tags vault-1, vault-2\n']);
    expect(stderr).toContain('"tags":["vault-1","vault-2"]');
  });
});

describe('a command as a process of its own', () => {
  // The commands that other tests do not start as such; one of each module that `muster` loads by itself.
  it.each(['token list', 'spare list', 'licence list', 'stock verify --json', 'key show --json', 'migrate --json'])(
    'muster %s ends by itself, and answers as it does in the process that tests share',
    async (line) => {
      const { code, stdout, stderr } = await begin(installation, line.split(' ')).finished;
      expect(await cli(...line.split(' '))).toMatchObject({ code, stdout, stderr });
      expect(stdout + stderr).not.toBe('');
    },
  );

  it('muster doctor and muster audit verify find the installation of a running service in order', async () => {
    const examined = await begin(installation, ['doctor', '--json']).finished;
    expect([examined.code, examined.stdout]).toEqual([0, expect.stringContaining(installation.data)]);
    const verified = await begin(installation, ['audit', 'verify', '--json']).finished;
    expect([verified.code, verified.json()]).toEqual([0, expect.objectContaining({ sound: true })]);
  });
});

describe('the rest', () => {
  it('migrate leaves the schema to the running service', async () => {
    expect((await cli('migrate', '--json')).json()).toEqual({ applied: [], by: 'running service' });
  });

  it('audit verify finds a sound trail that holds what the commands did', async () => {
    const verified = await cli('audit', 'verify', '--json');
    expect(verified.code).toBe(0);
    expect(verified.json()).toMatchObject({ sound: true, findings: [], unsealedTail: { count: expect.any(Number) } });
    const entries = await service.api.get<{ items: { action: string; actor: { name: string } }[] }>(
      '/audit-entries?action=token.revoke',
    );
    expect(JSON.stringify(entries)).toContain('muster command, run by ');
  });

  it('an answer that nobody reads to its end is no failure', async () => {
    const command = begin(installation, ['schedule', 'list', '--json']);
    command.child.stdout?.destroy();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });
});
