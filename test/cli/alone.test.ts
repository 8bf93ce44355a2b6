import { cp, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPrincipalByName } from '../../src/auth/principal.store.ts';
import { currentPolicy } from '../../src/sla/policy.queries.ts';
import { replacePolicy } from '../../src/sla/policy.service.ts';
import { OWN_DRILL } from '../system/drills.ts';
import { furnish } from '../system/furnished.ts';
import { type Installation, leftoversOf, useInstallations } from '../system/installation.ts';
import { CHECKOUT } from '../system/service.ts';
import { flipped } from '../verification/support/damage.ts';
import { begin, muster } from './cli.ts';
import { withRuntimeOf } from './runtime.ts';

const newInstallation = useInstallations();
let installation: Installation;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
}, 120_000);

const cli = (...args: string[]) => muster(installation, args);

interface Result {
  readonly run: {
    readonly id: string;
    readonly targets: readonly { readonly target: string; readonly result: string }[];
  };
}

describe('a drill without a running service', () => {
  it('is carried out by the command itself: progress, result, report as page and as it was signed', async () => {
    const ran = await cli('drill', 'run', OWN_DRILL);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^Drill +muster-database: completed\nProcedure +passed: /);
    expect(ran.stdout).toMatch(/^Target +recover met \(required\): .* of 4 h 00 min$/m);
    expect(ran.stdout).toMatch(/^Targets are +an example, not your commitment$/m);
    // Which phases last long enough to be seen depends on the machine.
    expect(ran.stderr).toMatch(/^(provision|fetch|verify|restore|validate) [\d.]+ s/m);
    expect(ran.stderr).not.toContain('{"level"');
    const page = /^Report +(\S+\.html)$/m.exec(ran.stdout)?.[1] ?? '';
    expect(await readFile(page, 'utf8')).toContain('<h1>');
    const runId = /([0-9a-f-]{36})\.html$/.exec(page)?.[1] ?? '';

    const listed = (await cli('drill', 'list', '--json')).json<{ items: { name: string }[] }>();
    const own = listed.items.find(({ name }) => name === OWN_DRILL);
    expect(own).toMatchObject({ runnable: true, problems: [], lastRun: { id: runId } });
    const signed = await cli('drill', 'report', runId, '--format', 'json');
    expect(signed.stdout).toBe(await readFile(page.replace(/html$/, 'json'), 'utf8'));
    expect(await leftoversOf(installation)).toEqual([]);
  });

  it('ends with exit status 1 when a required target is missed', async () => {
    await withRuntimeOf(installation, async ({ db }) => {
      const principal = await findPrincipalByName(db, 'administrators');
      if (!principal) throw new Error('no administrators');
      const { version, targets } = await currentPolicy(db);
      const emergency = { ...targets.emergency, rpoSeconds: 1 };
      const request = { expectedVersion: version, targets: { ...targets, emergency }, note: 'nobody can keep it' };
      await db.transaction((tx) => replacePolicy(tx, { principal, requestId: 'test' }, request));
    });
    const ran = await cli('drill', 'run', OWN_DRILL, '--json');
    expect(ran.code).toBe(1);
    const result = ran.json<Result>();
    expect(result).toMatchObject({ exitStatus: 1, run: { status: 'completed', validation: 'passed' } });
    expect(result.run.targets).toContainEqual(
      expect.objectContaining({ target: 'rpo', result: 'missed', required: true }),
    );
  });
});

describe('backups without a running service', () => {
  it('are taken, listed and checked; damage is told with its place', async () => {
    const taken = await cli('backup', 'take', '--json');
    expect(taken.code).toBe(0);
    const { point } = taken.json<{ point: { name: string; verdict: string } }>();
    expect(point.verdict).toBe('sound');
    const file = join(installation.data, 'backups', OWN_DRILL, point.name, 'wal.tar.zst');
    const bytes = await readFile(file);
    await writeFile(file, flipped(bytes, 1000));
    const checked = await cli('backup', 'check', point.name);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(new RegExp(`^${point.name}: damaged \\(`));
    expect(checked.stdout).toMatch(/^\w+ in wal\.tar\.zst: /m);
    const listed = await cli('backup', 'list');
    expect(listed.stdout).toMatch(new RegExp(`^${point.name} .* damaged `, 'm'));
    // The one before it is still there.
    expect(listed.code).toBe(0);
    await writeFile(file, bytes);
    expect((await cli('backup', 'check')).code).toBe(0);
  });

  it('that fail are tried again; the command says why it waits, and Ctrl-C gives the job up', async () => {
    const mark = join(installation.data, 'backups', '.muster-repository');
    await rename(mark, `${mark}.away`);
    const command = begin(installation, ['backup', 'take', '--json']);
    await command.says(/backup\.take failed \(The repository .* is unavailable.*waits for its next try/);
    command.child.kill('SIGINT');
    const { code, json } = await command.finished;
    await rename(`${mark}.away`, mark);
    expect(code).toBe(1);
    expect(json()).toMatchObject({ job: { state: 'cancelled' }, point: null });
    expect(await leftoversOf(installation)).toEqual([]);
  });
});

describe('keys', () => {
  it('are exported once under a passphrase, for their owner only, and a restore opens the export', async () => {
    const [file, passphrase] = [join(installation.root, 'keys.age'), join(installation.root, 'passphrase')];
    await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 });
    const made = await cli('key', 'export', '--to', file, '--passphrase-file', passphrase);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain('Keep it on another machine');
    expect(made.stdout + made.stderr).not.toContain('correct horse');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    const again = await cli('key', 'export', '--to', file, '--passphrase-file', passphrase, '--json');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(again.stderr)).toMatchObject({ error: 'file-exists' });
    expect(await readFile(file, 'utf8')).toBe(text);

    const shown = (await cli('key', 'show', '--json')).json<{ masterKeyId: string; recoveryRecipient: string }>();
    expect(made.stdout).toContain(shown.masterKeyId);
    expect(shown.recoveryRecipient).toMatch(/^age1/);
    const target = await newInstallation();
    const args = ['--from', join(installation.data, 'backups'), '--key-export', file, '--passphrase-file', passphrase];
    const restored = await muster(target, ['restore', ...args, '--json']);
    expect(restored.code).toBe(0);
    expect(restored.json()).toMatchObject({ keys: { masterKeyId: shown.masterKeyId, canaryOpened: true } });
  });

  it('need somebody who can open them, and a passphrase that others cannot read', async () => {
    const file = join(installation.root, 'other.age');
    const exposed = join(installation.root, 'exposed');
    await writeFile(exposed, 'correct horse battery staple\n', { mode: 0o644 });
    expect(await cli('key', 'export', '--to', file)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--recipient.*--passphrase-file/),
    });
    expect(await cli('key', 'export', '--to', file, '--passphrase-file', exposed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is open to other users'),
    });
    expect(await cli('key', 'export', '--to', file, '--recipient', 'age1nobody')).toMatchObject({
      code: 1,
      stderr: 'muster: age1nobody is no age recipient (age1...)\n',
    });
    expect(await readdir(installation.root)).not.toContain('other.age');
  });
});

describe('a data directory', () => {
  it('that holds no Muster is told as such by every command but migrate, and nothing is made in it', async () => {
    const empty = await newInstallation();
    const refused = await muster(empty, ['token', 'list', '--json']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(refused.stderr)).toEqual({
      error: 'no-installation',
      message: expect.stringContaining(empty.data),
    });
    expect(await readdir(empty.root)).toEqual(['run']);
    const migrated = await muster(empty, ['migrate']);
    expect(migrated.code).toBe(0);
    expect(migrated.stdout).toMatch(/^applied Foundation\d+$/m);
    expect(migrated.stdout).toMatch(/^\d+ applied: the schema is up to date\.$/m);
    expect((await muster(empty, ['migrate', '--json'])).json()).toEqual({ applied: [], by: 'this command' });
    const nobody = await muster(empty, ['token', 'sign-in-link', '--url', 'http://127.0.0.1:7300']);
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('Nobody answers for Muster yet') });
  });

  it('serves several commands at the same time', async () => {
    const commands = await Promise.all(
      ['a', 'b', 'c'].map(() => begin(installation, ['schedule', 'list', '--json']).finished),
    );
    expect(commands.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
  });

  it('without a service has no place for a worker', async () => {
    const refused = await cli('worker', '--tag', 'vault-1');
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^muster: No Muster runs in .*npm start/m),
    });
  });
});

describe('a definition that is none', () => {
  it('is listed with line and column, and refused with them; the others run on', async () => {
    const checkout = join(installation.root, 'checkout');
    await mkdir(checkout);
    for (const part of ['src', 'drills', 'package.json'])
      await cp(join(CHECKOUT, part), join(checkout, part), { recursive: true });
    await symlink(join(CHECKOUT, 'node_modules'), join(checkout, 'node_modules'));
    const sound = await readFile(join(CHECKOUT, 'drills', `${OWN_DRILL}.yaml`), 'utf8');
    await writeFile(
      join(checkout, 'drills', 'broken.yaml'),
      sound.replace(/^name: .*$/m, 'name: broken').replace('select: latest', 'selct: latest'),
    );
    // One process: it compiles every module of the copy anew.
    const program = join(checkout, 'both.mjs');
    await writeFile(
      program,
      `import { runCli } from './src/cli/run-cli.ts';
       for (const args of [['drill', 'list'], ['drill', 'run', 'broken']]) {
         const end = 'exit status ' + (await runCli(args)) + '\\n---\\n';
         process.stdout.write(end);
         process.stderr.write(end);
       }`,
    );
    const { stdout, stderr } = await begin(installation, [], {}, program).finished;
    const [[listed], [, refusal], [, complaint]] = [
      stdout.split('---\n'),
      stdout.split('---\n'),
      stderr.split('---\n'),
    ];
    expect(listed).toMatch(/^broken +.*cannot run/m);
    expect(listed).toMatch(/^drills\/broken\.yaml:\d+:\d+: .*selct/m);
    expect(listed).toMatch(/^exit status 1$/m);
    expect(refusal).toBe('exit status 1\n');
    expect(complaint).toMatch(
      /^drills\/broken\.yaml:\d+:\d+: .*selct.*\n(.*\n)*muster: drills\/broken\.yaml is no drill/,
    );
  });
});
