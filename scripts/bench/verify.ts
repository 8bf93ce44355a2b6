// What `muster verify` costs against what an operator types, whole processes, in pairs one after the other in one run:
// medians of the seconds and of the ratios. It installs nothing: what the machine lacks is left out and said.
//   node scripts/bench/verify.ts [--mib 2048] [--rounds 5] [--directory DIR] [--dump FILE] [--only NAME]...
// With --only, the rows with one of these words in their names; `bounds` stands for memory and rate.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { makeManyEntries, printBounds } from './verify-bounds.ts';
import { has, makeTree, packTree } from './verify-data.ts';
import { type Pair, repositoriesOf } from './verify-repositories.ts';

const { values: options } = parseArgs({
  options: {
    mib: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '5' },
    directory: { type: 'string' },
    dump: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});

const MUSTER = `${process.execPath} ${resolve(import.meta.dirname, '../../src/cli/bin.mjs')}`;
const ROUNDS = Number(options.rounds);
const ENTRIES = 1_000_000;
/** Tree, archives and a copy for the other tools together, as multiples of the tree. */
const SPACE = 6;

const isWanted = (name: string) => options.only?.some((word) => name.includes(word)) ?? true;

function pairsOf(file: string): Pair[] {
  const ours = `${MUSTER} verify --quiet --manifest ${file}.sum ${file}`;
  const sum = `sha256sum --quiet -c ${file}.sum`;
  const listing: Readonly<Record<string, readonly [how: string, aim: number, tool: string]>> = {
    'tree.tar': ['tar -tf tree.tar', 0.4, 'tar'],
    'tree.tar.gz': ['tar -tzf tree.tar.gz', 0.33, 'gzip'],
    'tree.tar.zst': ['tar --zstd -tf tree.tar.zst', 0.6, 'zstd'],
    'tree.zip': ['unzip -tqq tree.zip', 0.3, 'unzip'],
    'tree.tar.xz': ['tar -tJf tree.tar.xz', 1.1, 'xz'],
  };
  const [list, aim, tool] = listing[file] ?? ['', 0, ''];
  const byHand: Pair = {
    name: `${file} / sha256sum -c, ${list}`,
    ours,
    theirs: `${sum} && ${list} >/dev/null`,
    aim,
    needs: [tool],
  };
  const openssl = `openssl dgst -sha256 ${file} >/dev/null`;
  if (file === 'tree.tar') {
    return [byHand, { name: `${file} / openssl dgst`, ours, theirs: openssl, aim: 1.35, needs: ['openssl'] }];
  }
  if (file !== 'tree.tar.zst') return [byHand];
  const test = `${openssl} && zstd -tq ${file}`;
  return [
    byHand,
    { name: `${file} / openssl dgst, zstd -t`, ours, theirs: test, aim: 1.2, needs: ['openssl', 'zstd'] },
  ];
}

function dumpPair(file: string): Pair {
  return {
    name: `${basename(file)} / sha256sum -c, pg_restore -f /dev/null`,
    ours: `${MUSTER} verify --quiet ${file}`,
    theirs: `sha256sum --quiet -c dump.sum && pg_restore -f /dev/null ${file}`,
    aim: 0.9,
    needs: ['pg_restore'],
  };
}

/** @throws Error when it does not succeed: what is measured is a check that finds nothing wrong. */
function seconds(script: string, cwd: string): number {
  const startedMs = performance.now();
  const run = spawnSync('sh', ['-c', script], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`${script}: status ${run.status}. ${run.stderr.slice(0, 500)}`);
  return (performance.now() - startedMs) / 1000;
}

function measure({ name, ours, theirs, aim }: Pair, work: string): void {
  seconds(ours, work);
  seconds(theirs, work);
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: seconds(ours, work), theirs: seconds(theirs, work) }));
  const ratios = rounds.map((round) => round.ours / round.theirs);
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  const aimed = aim === undefined ? '' : `, aim ${aim.toFixed(2)}`;
  console.log(
    `${median(ratios).toFixed(2)}  ${name} (${spread}${aimed}; ${median(rounds.map((round) => round.ours)).toFixed(2)} s against ${median(rounds.map((round) => round.theirs)).toFixed(2)} s)`,
  );
}

/** Two jobs on two copies against one job that uses two threads. */
function jobsPair(): Pair {
  const files = 'tree.tar.gz tree.tar.zst copy.tar.gz copy.tar.zst';
  return {
    name: '--jobs 2 / one job, four archives',
    ours: `${MUSTER} verify --quiet --jobs 2 ${files}`,
    theirs: `${MUSTER} verify --quiet ${files}`,
    aim: 1 / 1.3,
    needs: [],
  };
}

function temporaryRoot(bytes: number): string {
  const inMemory = '/dev/shm';
  if (!existsSync(inMemory)) return tmpdir();
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize > bytes ? inMemory : tmpdir();
}

const bytes = Number(options.mib) * 1024 ** 2;
const root = options.directory ?? temporaryRoot(bytes * SPACE);
const work = mkdtempSync(join(root, 'muster-bench-'));
try {
  const { files } = makeTree(join(work, 'tree'), bytes);
  const { made, left } = packTree(work);
  for (const what of left) console.log(`left out: ${what}`);
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `${options.mib} MiB in ${files} files below ${root}, ${ROUNDS} rounds; load of the machine ${load.join(' ')}`,
  );
  const pairs = made.flatMap(pairsOf);
  if (made.includes('tree.tar.gz') && made.includes('tree.tar.zst')) {
    for (const ending of ['tar.gz', 'tar.zst']) seconds(`cp tree.${ending} copy.${ending}`, work);
    pairs.push(jobsPair());
  }
  if (options.dump === undefined) console.log('left out: a custom dump of pg_dump (name one with --dump FILE)');
  else {
    seconds(`sha256sum ${resolve(options.dump)} > dump.sum`, work);
    pairs.push(dumpPair(resolve(options.dump)));
  }
  makeManyEntries(join(work, 'many.tar'), ENTRIES);
  const ours = `${MUSTER} verify --quiet many.tar`;
  const theirs = 'tar -tf many.tar >/dev/null';
  pairs.push({ name: 'a tar of 1,000,000 tiny entries / tar -tf', ours, theirs, aim: 2, needs: ['tar'] });
  pairs.push(...repositoriesOf(work, MUSTER));
  for (const pair of pairs.filter(({ name }) => isWanted(name))) {
    const missing = pair.needs.filter((program) => !has(program));
    if (missing.length > 0) console.log(`left out: ${pair.name} (no ${missing.join(', ')} here)`);
    else measure(pair, work);
  }
  if (isWanted('bounds')) printBounds(MUSTER, [...made, 'many.tar'], work);
} finally {
  rmSync(work, { recursive: true, force: true });
}
