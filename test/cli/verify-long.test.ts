import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../system/eventually.ts';
import { CHECKOUT } from '../system/service.ts';
import { packed } from '../verification/support/decoding.ts';
import { noise } from '../verification/support/point-making.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { useDirectories } from '../verification/support/temporary-directory.ts';
import { hasTool } from '../verification/support/tools.ts';
import { linesOf, verify, verifyJson } from './verify-here.ts';

const newDirectory = useDirectories();
const BIN = join(CHECKOUT, 'src', 'cli', 'bin.mjs');
const MB = 1_000_000;
let root: string;
const at = (...names: string[]) => join(root, ...names);

/** A user who has set nothing: no data directory, no database. */
function bare(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  };
}

function begin(args: readonly string[], cwd = root) {
  const child = spawn(process.execPath, [BIN, 'verify', ...args], {
    cwd,
    env: bare(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished, stdout: () => stdout };
}

beforeAll(async () => {
  root = await newDirectory();
});

/** Files of several kinds, sound and damaged, below a directory. */
async function makeSet(directory: string, count: number): Promise<string[]> {
  await mkdir(directory);
  const names = Array.from({ length: count }, (_, index) => `f${String(index).padStart(2, '0')}`);
  for (const [index, name] of names.entries()) {
    const tar = tarOf({ path: `e${index}`, data: noise(20_000, index) });
    const bytes = [tar, packed('xz', tar, '-mx=1'), tar.subarray(0, 15_000), noise(5000, index), Buffer.alloc(0)][
      index % 5
    ];
    await writeFile(join(directory, `${name}${['.tar', '.tar.xz', '.tar', '.bin', '.gz'][index % 5]}`), bytes ?? '');
  }
  return readdir(directory);
}

const timeless = (results: ReturnType<typeof linesOf>['results']) =>
  results.map(({ seconds: _, ...result }) => result).toSorted((a, b) => (a.path < b.path ? -1 : 1));

describe('--jobs', () => {
  it('gives the same results, whatever their number', async () => {
    await makeSet(at('mixed'), 30);
    const one = await verifyJson(at('mixed'));
    const four = await verifyJson('--jobs', '4', at('mixed'));
    expect(one.results).toHaveLength(30);
    expect(timeless(four.results)).toEqual(timeless(one.results));
    expect([four.code, four.summary.verdicts]).toEqual([one.code, one.summary.verdicts]);
  });
});

describe('--resume', () => {
  it('reads nothing again that was finished when the command was killed, and all that changed since', async () => {
    await mkdir(at('many'));
    const count = 20;
    for (let index = 0; index < count; index += 1) {
      await writeFile(at('many', `f${index + 10}.tar`), tarOf({ path: 'a', data: noise(100_000, index) }));
    }
    const args = ['--json', '--resume', at('journal'), at('many')];
    const killed = begin(['--limit-rate', '1M', ...args]);
    await eventually('18 results', 40, () => killed.stdout().split('\n').length > 18 || undefined);
    killed.child.kill('SIGKILL');
    const before = (await killed.finished).stdout.split('\n').length - 1;
    // As a kill in the middle of a write leaves it.
    appendFileSync(at('journal'), '{"key":"[\\"/half');
    await writeFile(at('many', 'f11.tar'), 'something else');

    const again = await verifyJson(...args.slice(1));
    expect(again.results).toHaveLength(count);
    expect(again.summary.known).toBeGreaterThanOrEqual(before - 2);
    expect(again.summary.known).toBeLessThan(count);
    expect(again.summary.verdict).not.toBe('sound');
    const rest = await verifyJson(...args.slice(1));
    expect(rest.summary).toMatchObject({ known: count, bytes: 0, verdicts: again.summary.verdicts });
    for (const line of (await readFile(at('journal'), 'utf8')).trimEnd().split('\n')) JSON.parse(line);
    expect((await stat(at('journal'))).mode & 0o777).toBe(0o600);
  });

  it('asks again at another level, and about what is never final: missing files, directories that are one thing', async () => {
    await writeFile(at('one.tar'), tarOf({ path: 'a', data: 'x' }));
    const run = (...more: string[]) => verifyJson('--resume', at('journal-2'), ...more, at('one.tar'), at('absent'));
    expect((await run()).summary).toMatchObject({ known: 0, verdict: 'missing' });
    expect((await run()).summary).toMatchObject({ known: 1, verdict: 'missing' });
    expect((await run('--level', 'digest')).summary.known).toBe(0);
    expect((await run()).summary.known).toBe(1);
  });

  it.each<[string, Buffer, number]>([
    ['a text', Buffer.from('first\nsecond'), 1],
    ['a text without an end of line', Buffer.from('dear diary'), 1],
    ['an archive', tarOf({ path: 'a', data: noise(5000, 1) }), 1],
    ['lines of JSON of another kind', Buffer.from('{"key":"a","sizeBytes":1,"mtimeMs":1,"result":{}}\n'), 1],
  ])('refuses %s, names the line and does not touch it', async (_, bytes, line) => {
    await writeFile(at('other'), bytes);
    const { code, stdout, stderr } = await verify('--resume', at('other'), at('absent'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^muster: --resume: line ${line} of \\S+/other is no result`));
    expect(await readFile(at('other'))).toEqual(bytes);
  });
});

describe('Ctrl-C', () => {
  it('ends with 130 and says what was not reached; the decoder is gone, the journal whole, nothing else written', async () => {
    await mkdir(at('slow'));
    const tar = tarOf({ path: 'a', data: noise(3 * MB, 1) });
    await writeFile(at('slow', 'a.tar'), tarOf({ path: 'a', data: 'x' }));
    await writeFile(at('slow', 'b.tar.xz'), packed('xz', tar, '-mx=1'));
    await writeFile(at('slow', 'c.tar'), tar);
    const before = await readdir(root, { recursive: true });
    const command = begin(['--json', '--limit-rate', '500K', '--resume', at('journal-3'), at('slow')]);
    const decoder = await eventually('the decoder works', 40, () => decoderOf(command.child));
    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await command.finished;
    const { results, summary } = linesOf(stdout);
    expect([code, stderr, results.length]).toEqual([130, '', 1]);
    expect(summary).toMatchObject({ interrupted: true, unchecked: 2, paths: 1, verdict: 'sound' });
    await eventually('the decoder is gone', 20, async () => (await isGone(decoder)) || undefined);
    expect((await readFile(at('journal-3'), 'utf8')).split('\n')).toHaveLength(2);
    expect((await readdir(root, { recursive: true })).toSorted()).toEqual([...before, 'journal-3'].toSorted());
  });
});

/** The process below the command that is 7-Zip. */
function decoderOf({ pid = 0 }: ChildProcess): number | undefined {
  const { stdout } = spawnSync('ps', ['--ppid', String(pid), '-o', 'pid=,comm='], { encoding: 'utf8' });
  const line = stdout.split('\n').find((text) => text.includes('7zz'));
  return line === undefined ? undefined : Number.parseInt(line, 10);
}

/** Gone, or dead and only not yet fetched by whoever inherits it. */
async function isGone(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined || /\) Z /.test(text);
}

describe('progress', () => {
  it.skipIf(!hasTool('python3'))(
    'on a terminal is a bar with bytes, rate and the time left, which results take the place of',
    async () => {
      await writeFile(at('bar.bin'), noise(3 * MB, 1));
      const onTerminal = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
      const args = [process.execPath, BIN, 'verify', '--limit-rate', '2M', at('bar.bin')];
      const run = (...more: string[]) =>
        spawnSync('python3', ['-c', onTerminal, ...args, ...more], { env: bare(), encoding: 'utf8', input: '' });
      const { stdout, status } = run();
      expect(status).toBe(3);
      expect(stdout.replaceAll('\u001b', 'ESC')).toMatch(
        /\rESC\[Kreading \[#+ +\] +\d+ % [\d.]+ s, [\d.]+ MiB of 2\.9 MiB/,
      );
      expect(stdout).toMatch(/MiB\/s, [\d.]+ s/);
      expect(stdout.replaceAll('\u001b', 'ESC')).toMatch(/\rESC\[Kunverifiable {2}\S+bar\.bin/);
      expect(run('--quiet').stdout).not.toContain('reading');
    },
  );

  it('in a log is a line every few seconds', async () => {
    await writeFile(at('log.bin'), noise(3 * MB, 1));
    const { stderr, code } = await begin(['--limit-rate', '1M', at('log.bin')]).finished;
    expect(code).toBe(3);
    expect(stderr).toMatch(/^reading [\d.]+ s, [\d.]+ MiB of 2\.9 MiB, [\d.]+ [KM]iB\/s, [\d.]+ s left\n$/);
  });
});

describe('--limit-rate', () => {
  it('is never exceeded, by one job or by two together', async () => {
    const files = [at('r1.bin'), at('r2.bin')];
    for (const file of files) await writeFile(file, noise(3 * MB, 1));
    for (const jobs of ['1', '2']) {
      const { summary } = await verifyJson('--limit-rate', String(4 * MB), '--jobs', jobs, ...files);
      expect(summary.bytes).toBe(6 * MB);
      expect(summary.bytesPerSecond).toBeLessThan(4.04 * MB);
    }
  });
});

describe('--identity', () => {
  it('opens what is encrypted with age; another one does not; a malformed file names its line and not the secret', async () => {
    const [mine, other] = [await generateX25519Identity(), await generateX25519Identity()];
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(mine));
    await writeFile(at('a.tar.age'), await encrypter.encrypt(tarOf({ path: 'a', data: 'x' })));
    await writeFile(at('mine'), `# created: today\n\n${mine}\n`);
    await writeFile(at('wrong'), `${other}\n`);
    await writeFile(at('broken'), `${mine}\n${mine.slice(0, -3)}\n`);
    const run = (...more: string[]) => verifyJson('--resume', at('journal-age'), ...more, at('a.tar.age'));
    expect(await run()).toMatchObject({ code: 3, results: [{ findings: [{ kind: 'no-key' }] }] });
    expect(await run('--identity', at('wrong'))).toMatchObject({ code: 3, summary: { known: 0 } });
    const opened = await run('--identity', at('mine'));
    expect(opened).toMatchObject({ code: 0, results: [{ verdict: 'sound', entries: 1 }], summary: { known: 0 } });
    expect(await readFile(at('journal-age'), 'utf8')).not.toContain('SECRET');
    const { code, stderr, stdout } = await begin(['--identity', at('broken'), at('a.tar.age')]).finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--identity .*broken: .*line 2 is no age identity/);
    expect(stderr).not.toContain(mine.slice(20, 50));
  });
});

describe('alone', () => {
  it('works from a directory that cannot be written, with nothing set, and writes nothing', async () => {
    await mkdir(at('closed'));
    await writeFile(at('closed', 'a.tar'), tarOf({ path: 'a', data: 'x' }));
    await chmod(at('closed'), 0o555);
    const { code, stdout, stderr } = await begin(['--json', 'a.tar'], at('closed')).finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(linesOf(stdout).results).toMatchObject([
      {
        path: 'a.tar',
        sha256: createHash('sha256')
          .update(await readFile(at('closed', 'a.tar')))
          .digest('hex'),
      },
    ]);
    expect(await readdir(at('closed'))).toEqual(['a.tar']);
  });
});
