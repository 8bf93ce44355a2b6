// What taking a backup of a tree costs against what an operator types, whole processes, in pairs one after the other in one run:
// medians of the ratios. A capture is its own process, the archive on disk, digests of every entry and of every 64 KiB, and the
// signed manifest. It installs nothing: what the machine lacks is left out and said.
//   node scripts/bench/capture.ts [--mib 2048] [--rounds 5] [--directory DIR] [--only tar.gz]
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import module from 'node:module';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { captureInProcess } from '../../src/backups/capture/capture-process.ts';
import { draftCapture } from '../../src/backups/capture/capture-record.ts';
import type { CaptureTask } from '../../src/backups/capture/capture-task.ts';
import { writePoint } from '../../src/backups/point-writer.ts';
import { initialiseRepository } from '../../src/backups/repository.identity.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { testLog } from '../../test/support/log.ts';
import { median } from './median.ts';
import { has, makeTree } from './verify-data.ts';

const { values: options } = parseArgs({
  options: {
    mib: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '5' },
    directory: { type: 'string' },
    only: { type: 'string' },
  },
});
const BYTES = Number(options.mib) * 1024 ** 2;
const ROUNDS = Number(options.rounds);
/** Tree, archive and the other's archive together, as multiples of the tree. */
const SPACE = 3;

interface Pair {
  readonly format: 'tar.gz' | 'tar.zst' | 'zip';
  readonly theirs: string;
  readonly aim: number;
  /** What `theirs` needs besides tar. */
  readonly tool: string;
}

const PAIRS: readonly Pair[] = [
  { format: 'tar.gz', theirs: 'tar -cf - tree | gzip > theirs', aim: 1.1, tool: 'gzip' },
  { format: 'tar.zst', theirs: 'tar -cf - tree | zstd -q -3 -c > theirs', aim: 2, tool: 'zstd' },
  { format: 'zip', theirs: 'zip -q -r -y theirs.zip tree', aim: 1, tool: 'zip' },
];

async function seconds(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

// As the service has it: its processes find compiled what was loaded before.
module.enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/muster'));

const keys = generateKeyPairSync('ed25519');

/** Takes one point as a worker does, without the catalogue. */
async function capture(source: CaptureTask['source'], repositoryRoot: string): Promise<void> {
  const destination = {
    ...{ repositoryRoot, setName: 'tree', signingKey: keys.privateKey, clock: systemClock, log: testLog },
  };
  const { pointDirectory } = await writePoint(destination, async (directory, name) => {
    const task = { source, directory, recipients: [], ownDirectories: [], openDirectories: [] };
    const { files, takenAt, facts } = await captureInProcess({
      ...task,
      bytesPerSecondMax: undefined,
      commandDirectory: undefined,
    });
    const times = { startedAt: takenAt, finishedAt: takenAt, takenAt };
    return { ...draftCapture({ set: 'tree', name, ...times, source, recipients: [], facts }), files };
  });
  rmSync(pointDirectory, { recursive: true });
}

function run(script: string, cwd: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', script], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`${script}: status ${status}. ${stderr.slice(0, 500)}`);
}

async function bench(pair: Pair, work: string): Promise<void> {
  const path = join(work, 'tree');
  const source: CaptureTask['source'] = {
    type: 'directory',
    path,
    format: pair.format,
    exclude: [],
    oneFileSystem: true,
  };
  const rounds: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const theirs = await seconds(() => run(pair.theirs, work));
    run('rm -f theirs theirs.zip', work);
    rounds.push({ theirs, ours: await seconds(() => capture(source, join(work, 'repository'))) });
  }
  const ratio = median(rounds.map(({ ours, theirs }) => ours / theirs));
  const all = rounds.map(({ ours, theirs }) => (ours / theirs).toFixed(2)).join(' ');
  const times = `${median(rounds.map(({ ours }) => ours)).toFixed(2)} s against ${median(rounds.map(({ theirs }) => theirs)).toFixed(2)} s`;
  console.log(`${ratio.toFixed(2)}  ${pair.format} / ${pair.theirs} (aim ${pair.aim.toFixed(2)}; ${times}; ${all})`);
}

const parent = options.directory ?? '/dev/shm';
const free = statfsSync(parent);
if (free.bavail * free.bsize < SPACE * BYTES) throw new Error(`${parent} has no room for ${SPACE} times the tree`);
const work = realpathSync(mkdtempSync(join(parent, 'muster-bench-')));
try {
  const { files } = makeTree(join(work, 'tree'), BYTES);
  mkdirSync(join(work, 'repository'));
  await initialiseRepository(join(work, 'repository'));
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`${options.mib} MiB in ${files} files, load of the machine ${load.join(' ')}, ${ROUNDS} rounds`);
  for (const pair of PAIRS) {
    if (options.only !== undefined && options.only !== pair.format) continue;
    if (has(pair.tool) && has('tar')) await bench(pair, work);
    else console.log(`left out: this machine has no ${pair.tool}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
