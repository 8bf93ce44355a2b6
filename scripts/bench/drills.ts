// What unpacking an archive for a drill costs, with the digest of every file compared with its manifest on the way, against
// `tar xf` of the same archive, in pairs one after the other in one run: medians of the ratios. The thread's start is counted.
//   node scripts/bench/drills.ts [--rounds 5] [--directory DIR] [--only small|big|lists|tree|pagila] [--scale 1] [--pagila FILE]
// Then the lists and the trend of 10,000 runs against reading one by its key (`lists`), and what a whole drill takes above the
// same recovery typed by hand, of a file tree and of a dump (`tree`, `pagila`); --scale makes both smaller.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unpackFile } from '../../src/backups/unpack/unpack-file.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import type { ManifestFile } from '../../src/verification/manifest.ts';
import { createManifest } from '../../src/verification/manifest-create.ts';
import { benchLists } from './drill-lists.ts';
import { compareRta } from './drill-rta.ts';
import { fileTree, pagila } from './drill-rta-subjects.ts';
import { median } from './median.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    directory: { type: 'string' },
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    pagila: { type: 'string', default: join(import.meta.dirname, '../../../shared/samples/pagila.sql') },
  },
});
// As the service has it: threads find their modules compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/muster');
module.enableCompileCache();

const ROUNDS = Number(options.rounds);
/** The tree, its archive, and two copies that come out of it. */
const SPACE_BYTES = 4 * 1024 ** 3;

interface Row {
  readonly name: string;
  readonly what: string;
  readonly aim: number;
  readonly make: (directory: string) => void;
}

const ROWS: readonly Row[] = [
  { name: 'small', what: '44,000 files of 1 to 8 KiB', aim: 1.7, make: makeSmallFiles },
  { name: 'big', what: '8 files of 128 MiB', aim: 2.2, make: makeBigFiles },
];

function makeSmallFiles(directory: string): void {
  const noise = randomBytes(1_048_576);
  for (let index = 0; index < 44_000; index += 1) {
    const parent = join(directory, `part-${index % 20}`, `group-${Math.floor(index / 20) % 110}`);
    if (index < 2200) mkdirSync(parent, { recursive: true });
    const start = (index * 7919) % 1_000_000;
    writeFileSync(join(parent, `file-${index}.txt`), noise.subarray(start, start + 1024 + ((index * 31) % 7168)));
  }
}

function makeBigFiles(directory: string): void {
  const piece = randomBytes(128 * 1024 ** 2);
  for (let index = 0; index < 8; index += 1) {
    piece[0] = index;
    writeFileSync(join(directory, `big-${index}.bin`), piece);
  }
}

function run(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${file}: status ${status}. ${stderr.slice(0, 500)}`);
}

async function seconds(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

async function inFresh(directory: string, work: (directory: string) => unknown): Promise<number> {
  mkdirSync(directory);
  const taken = await seconds(() => work(directory));
  rmSync(directory, { recursive: true });
  return taken;
}

async function ours(directory: string, target: string, { entries, decodedBytes }: ManifestFile): Promise<void> {
  const { comparedFiles } = await unpackFile({
    ...{ directory, file: 'tree.tar', target, plainName: 'tree', entries, decodedBytes, isTree: true },
    ...{ identityText: undefined, limits: DEFAULT_LIMITS },
  });
  if (comparedFiles === 0) throw new Error('no digest was compared');
}

async function bench(row: Row, work: string): Promise<void> {
  const tree = join(work, 'tree');
  mkdirSync(tree);
  row.make(tree);
  run('tar', ['-cf', join(work, 'tree.tar'), '-C', tree, '.']);
  rmSync(tree, { recursive: true });
  const { files } = await createManifest(work, [{ path: 'tree.tar', entries: true }], {
    createdAt: '2026-01-01T00:00:00Z',
  });
  const [file] = files;
  if (file === undefined) throw new Error('the archive was not described');
  const rounds: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const theirs = await inFresh(join(work, 'theirs'), (target) =>
      run('tar', ['-xf', join(work, 'tree.tar'), '-C', target]),
    );
    rounds.push({ theirs, ours: await inFresh(join(work, 'ours'), (target) => ours(work, target, file)) });
  }
  rmSync(join(work, 'tree.tar'));
  const ratio = median(rounds.map((round) => round.ours / round.theirs));
  const all = rounds.map((round) => (round.ours / round.theirs).toFixed(2)).join(' ');
  const times = `${median(rounds.map((round) => round.ours)).toFixed(2)} s against ${median(rounds.map((round) => round.theirs)).toFixed(2)} s`;
  console.log(
    `${ratio.toFixed(2)}  ${row.what}, digests compared / tar xf (aim ${row.aim.toFixed(2)}; ${times}; ${all})`,
  );
}

const parent = options.directory ?? '/dev/shm';
const free = statfsSync(parent);
if (free.bavail * free.bsize < SPACE_BYTES) throw new Error(`${parent} has no room for ${SPACE_BYTES} bytes`);
const work = realpathSync(mkdtempSync(join(parent, 'muster-bench-')));
try {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`load of the machine ${load.join(' ')}, ${ROUNDS} rounds`);
  const isWanted = (name: string) => options.only === undefined || options.only === name;
  for (const row of ROWS) if (isWanted(row.name)) await bench(row, work);
  if (isWanted('lists')) await benchLists();
  const scale = Number(options.scale);
  if (isWanted('tree')) await compareRta(fileTree(scale), { work, rounds: ROUNDS });
  if (isWanted('pagila')) await compareRta(pagila(scale, options.pagila), { work, rounds: ROUNDS });
} finally {
  rmSync(work, { recursive: true, force: true });
}
