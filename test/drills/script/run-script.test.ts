import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Isolation, ScriptPlan } from '../../../src/drills/script/isolation.ts';
import { runScript } from '../../../src/drills/script/run-script.ts';

let directory: string;
let count = 0;
const canIsolate = await promisify(execFile)('unshare', [
  '--user',
  '--map-root-user',
  '--mount',
  '--pid',
  '--fork',
  'true',
]).then(
  () => true,
  () => false,
);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-s-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Wish {
  readonly isolation?: Isolation;
  readonly args?: string[];
  readonly environment?: Record<string, string>;
  readonly limits?: Partial<ScriptPlan['limits']>;
  readonly exposed?: ScriptPlan['exposed'];
  readonly signal?: AbortSignal;
}

/** Runs the text of a shell script; answers how it ended, what it said, and where it worked. */
async function run(text: string, wish: Wish = {}) {
  count += 1;
  const at = (name: string) => join(directory, `${count}-${name}`);
  const [root, work, script] = [at('root'), at('work'), at('script')];
  await mkdir(root);
  await mkdir(work);
  await writeFile(script, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`);
  await chmod(script, 0o755);
  const said: string[] = [];
  const end = await runScript({
    isolation: wish.isolation ?? 'namespaces',
    plan: {
      ...{ script, args: wish.args ?? [], node: process.execPath, root, work, exposed: wish.exposed ?? [] },
      limits: { cpuSeconds: 60, memoryBytes: 64 * 1024 ** 3, fileBytes: 1024 ** 3, ...wish.limits },
    },
    environment: wish.environment ?? {},
    signal: wish.signal ?? new AbortController().signal,
    onLine: (line) => said.push(line),
  });
  return { end, said, work };
}

/** Processes of the machine whose command line holds the text. */
async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(text));
}

describe.skipIf(!canIsolate)('a script in namespaces (skipped where the kernel allows none)', () => {
  test('gets its arguments and environment, nothing else of it, and works in a directory of its own', async () => {
    const { end, said, work } = await run('echo "$1|$2|$DRILL|$(pwd)"; env | sort; echo made > result', {
      args: ['a b', '$HOME;*'],
      environment: { DRILL: 'x' },
    });
    expect(end).toMatchObject({ status: 0, signal: null });
    expect(said[0]).toBe('a b|$HOME;*|x|/work');
    expect(said.filter((line) => /^[A-Z]\w*=/.test(line)).map((line) => line.split('=')[0])).toEqual(
      expect.arrayContaining(['DRILL', 'HOME', 'LANG', 'PATH', 'TMPDIR']),
    );
    expect(said.join('\n')).not.toMatch(/VITEST|NODE_/);
    expect(await readFile(join(work, 'result'), 'utf8')).toBe('made\n');
  });

  test('sees the programs of the system, what it is given, and nothing else of the machine', async () => {
    const secret = join(directory, 'secret');
    await writeFile(secret, 'key');
    const given = join(directory, 'given');
    await mkdir(given, { recursive: true });
    await writeFile(join(given, 'file'), 'there');
    const exposed = [{ source: given, name: 'point', isWritable: false }];
    const { said } = await run(
      `ls /; cat /point/file; echo; cat ${secret} /etc/shadow; echo x > /point/new; echo x > /usr/new; echo x > /new; ls /proc/1/root`,
      { exposed },
    );
    const text = said.join('\n');
    expect(text).toContain('there');
    for (const path of [secret, '/etc/shadow']) expect(text).toContain(`${path}: No such file`);
    for (const path of ['/point/new', '/usr/new', '/new'])
      expect(text).toMatch(new RegExp(`create ${path}: Read-only`));
    expect(said).not.toContain('home');
    expect(said).not.toContain('root');
    await expect(access(join(given, 'new'))).rejects.toThrow();
  });

  test('cannot set what holds for the whole machine, whoever runs Muster', async () => {
    // Opened for appending, and nothing appended: a failure of this test changes nothing.
    const { said } = await run(
      `for name in kernel/core_pattern vm/drop_caches; do (: >> /proc/sys/$name) && echo "opened $name"; done
       (: > /proc/sysrq-trigger) && echo 'opened sysrq-trigger'; echo over`,
    );
    expect(said.at(-1)).toBe('over');
    expect(said.filter((line) => line.startsWith('opened'))).toEqual([]);
  });

  test('has no network, no capability and no way to either', async () => {
    const { said } = await run(
      `grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; cat /proc/net/dev | tail -n +3
       mount -t tmpfs x /work || echo no-mount; unshare --user true || echo no-namespace; umount /usr || echo no-umount`,
    );
    const text = said.join('\n').replaceAll(/[ \t]+/g, ' ');
    expect(text).toContain('CapEff: 0000000000000000');
    expect(text).toContain('CapBnd: 0000000000000000');
    expect(text).toContain('NoNewPrivs: 1');
    for (const word of ['no-mount', 'no-namespace', 'no-umount']) expect(said).toContain(word);
    expect(said.filter((line) => /^\s*(eth|en|wl)/.test(line))).toEqual([]);
  });

  test('that forks away leaves nothing behind when it ends', async () => {
    const mark = `3987${process.pid}`;
    const { end } = await run(`setsid sleep ${mark} & (setsid sh -c 'sleep ${mark}' &) ; sleep 0.2; exit 0`);
    expect(end.status).toBe(0);
    expect(await processesWith(`sleep ${mark}`)).toEqual([]);
  });

  test('that hangs is killed with everything that it started', async () => {
    const mark = `3988${process.pid}`;
    const reason = new Error('too long');
    const stop = new AbortController();
    const running = run(`trap '' TERM INT HUP; setsid sleep ${mark} & while :; do sleep 1; done`, {
      signal: stop.signal,
    });
    const ended = expect(running).rejects.toBe(reason);
    while ((await processesWith(`sleep ${mark}`)).length === 0) await delay(50);
    stop.abort(reason);
    await ended;
    await expect.poll(() => processesWith(`sleep ${mark}`), { timeout: 10_000 }).toEqual([]);
  });

  test('may call node, and is bounded in the size of what it writes', async () => {
    const { end, said } = await run('#!/usr/bin/env node\nconsole.log(process.version, process.getuid());');
    expect(end.status).toBe(0);
    expect(said).toEqual([`${process.version} 0`]);
    const full = await run('head -c 3000000 /dev/zero > big; echo "status $?"; stat -c %s big', {
      limits: { fileBytes: 1_000_000 },
    });
    expect(full.said.at(-1)).toBe('1000000');
    expect(full.said.some((line) => /^status [1-9]/.test(line))).toBe(true);
  });
});

describe('a script', () => {
  test('without isolation runs as Muster does, and its group ends with it', async () => {
    const mark = `3989${process.pid}`;
    const { end, said, work } = await run(`pwd; sleep ${mark} & exit 3`, { isolation: 'none' });
    expect(end.status).toBe(3);
    expect(said).toEqual([work]);
    await expect.poll(() => processesWith(`sleep ${mark}`), { timeout: 10_000 }).toEqual([]);
  });

  test('says how it ended: its status, the signal, its last line', async () => {
    const failed = await run('echo first; echo "what went wrong" >&2; exit 7', { isolation: 'none' });
    expect(failed.end).toMatchObject({ status: 7, signal: null, linesLeftOut: 0 });
    expect(['first', 'what went wrong']).toContain(failed.end.lastLine);
    const killed = await run('kill -9 $$', { isolation: 'none' });
    expect(killed.end).toMatchObject({ status: null, signal: 'SIGKILL', lastLine: null });
  });

  test('that talks without an end is read, and only its beginning is kept', async () => {
    const { end, said } = await run('seq 1 5000', { isolation: 'none' });
    expect(said).toHaveLength(200);
    expect(end).toMatchObject({ lastLine: '5000', linesLeftOut: 4800 });
  });

  test('that cannot be started is told', async () => {
    const text = '#!/no/such/interpreter\n';
    const { end } = await run(text, { isolation: 'none' });
    expect(end.status).not.toBe(0);
    expect(end.lastLine).toMatch(/No such file|not found/i);
  });
});
