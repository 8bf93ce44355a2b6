import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { originalTrace } from '../../src/kernel/original-trace.ts';
import { eventually } from './eventually.ts';
import { CHECKOUT } from './service.ts';

// A checkout with a very small command in it. That the whole of Muster runs from its bundle is what the other tests here show.
const SMALL = {
  'package-lock.json': '{}',
  'beside.txt': 'beside',
  'src/cli/run-cli.ts': `import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

export async function runCli(args: readonly string[]): Promise<number> {
  if (args[0] === 'fail') throw new TypeError('planted');
  const { loadMigrations } = await import('../database/migration-classes.ts');
  const names = (await loadMigrations()).map(({ name }) => name);
  const thread = new Worker(new URL('./echo.worker.ts', import.meta.url));
  const echo = await new Promise((resolve) => thread.once('message', resolve));
  const beside = readFileSync(new URL('../../beside.txt', import.meta.url), 'utf8');
  const bundled = (new Error('').stack ?? '').includes('/dist/');
  console.log(JSON.stringify({ bundled, echo, beside, names }));
  return 0;
}
`,
  'src/cli/echo.worker.ts': `import { parentPort } from 'node:worker_threads';
parentPort?.postMessage((new Error('').stack ?? '').includes('/dist/') ? 'bundled' : 'from its source');
`,
  'src/database/migrations/1-first.ts': 'export class First {}\n',
  'src/database/migrations/2-second.ts': 'export class Second {}\n',
};
const OF_MUSTER = ['src/bundle.mjs', 'src/cli/bin.mjs', 'src/database/migration-classes.ts', 'scripts/bundle.mjs'];
const FROM_BUNDLE = { bundled: true, echo: 'bundled', beside: 'beside', names: ['First', 'Second'] };
const FROM_SOURCES = { ...FROM_BUNDLE, bundled: false, echo: 'from its source' };

let parent: string;
let checkout: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'mtb-'));
  checkout = join(parent, 'a checkout, 100% #1');
  for (const [name, text] of Object.entries(SMALL)) await put(name, text);
  for (const name of OF_MUSTER) await cp(join(CHECKOUT, name), join(checkout, name));
  await symlink(join(CHECKOUT, 'node_modules'), join(checkout, 'node_modules'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(checkout, name)), { recursive: true });
  await writeFile(join(checkout, name), text);
}

const build = () =>
  spawn(process.execPath, ['scripts/bundle.mjs'], { cwd: checkout, stdio: ['ignore', 'inherit', 'pipe'] });

/** Builds to the end; what was said about it. */
async function built(builder = build()): Promise<string> {
  const said: string[] = [];
  builder.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  expect(await once(builder, 'close')).toEqual([0, null]);
  return said.join('');
}

function run() {
  const command = spawnSync(process.execPath, [join(checkout, 'src/cli/bin.mjs')], { encoding: 'utf8' });
  if (command.status !== 0) throw new Error(command.stderr);
  return JSON.parse(command.stdout);
}

const bundles = async () => (await readdir(join(checkout, 'dist'))).filter((name) => name !== 'current');

it('is what runs, with its threads, also where the checkout was moved or copied to; changed sources run as they are', async () => {
  expect(run()).toEqual(FROM_SOURCES);
  expect(await built()).toBe('');
  expect(run()).toEqual(FROM_BUNDLE);

  const moved = join(parent, 'moved');
  await rename(checkout, moved);
  checkout = moved;
  expect(run()).toEqual(FROM_BUNDLE);
  // Other times, the same content.
  await cp(moved, join(parent, 'copy'), { recursive: true });
  checkout = join(parent, 'copy');
  expect(run()).toEqual(FROM_BUNDLE);

  await put('src/database/migrations/3-third.ts', 'export class Third {}\n');
  expect(run()).toEqual({ ...FROM_SOURCES, names: ['First', 'Second', 'Third'] });
  await built();
  expect(run()).toEqual({ ...FROM_BUNDLE, names: ['First', 'Second', 'Third'] });
});

it('is whole or not there: two are built at once, one is killed, one finds no place', async () => {
  const killed = build();
  await eventually('the build has begun', 30, async () => (await bundles().catch(() => [])).length > 0 || undefined);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  expect(run().names).toEqual(['First', 'Second']);
  expect(await Promise.all([built(), built()])).toEqual(['', '']);
  expect((await bundles()).filter((name) => !name.startsWith('.unfinished-'))).toHaveLength(1);
  expect(run()).toEqual(FROM_BUNDLE);

  await rm(join(checkout, 'dist'), { recursive: true });
  await writeFile(join(checkout, 'dist'), 'no directory');
  expect(await built()).toMatch(/^muster: runs from its sources, which start slower: no bundle can be built \(.+\)\n$/);
  expect(run()).toEqual(FROM_SOURCES);
});

it('has traces that name the sources', async () => {
  await built();
  const { stderr } = spawnSync(process.execPath, [join(checkout, 'src/cli/bin.mjs'), 'fail'], { encoding: 'utf8' });
  expect(stderr).toMatch(/at runCli \(file:\S+\/dist\/\S+\.js:/);
  expect(originalTrace(stderr)).toMatch(/TypeError: planted\n +at runCli \(.*src\/cli\/run-cli\.ts:5:\d+\)/);
});
