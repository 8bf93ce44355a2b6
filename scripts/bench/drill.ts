// What the restore drill costs above the same recovery typed by hand: the technical RTA in the run's own record (from the
// trigger, through the queue, to validated) against copying, checking, unpacking, starting and comparing the same
// recovery point with cp, openssl, zstd, tar, postgres and SQL. The two run in turn beside the running service; medians
// count. First Muster's own database as the first start leaves it, then the same with some hundred megabytes of tables.
//
// By hand leaves out what the drill does besides: the record of the run, the signature, the rules that keep an archive
// harmless, the check of the write-ahead log, the canary. It gets its lists of digests ready-made. It hashes with openssl;
// what sha256sum would have taken is printed, too.
//
// node scripts/bench/drill.ts [DIRECTORY] works below DIRECTORY; without it in /dev/shm where there is room, because disks
// vary from one run to the next by more than what is measured here.
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { type HandTimes, type Prepared, prepare, recoverByHand, untilValidated } from './drill-by-hand.ts';
import { DrillService, type MeasuredRun } from './drill-service.ts';
import { growDatabase } from './drill-tables.ts';
import { median } from './median.ts';

const ROUNDS = 7;
const ROWS_PER_TABLE = 60_000;
const SPACE_BYTES = 6e9;
const TOOLS = ['cp', 'openssl', 'sha256sum', 'zstd', 'tar'];

const directory = await mkdtemp(join(process.argv[2] ?? defaultDirectory(), 'muster-bench-'));
try {
  requireTools();
  await measure();
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const binaries = await findBinaries();
  const programs = { binaries, runAs: await probeRunAs({ binaries }) };
  const service = await DrillService.start(join(directory, 'data'));
  try {
    const small = await prepare(await service.newestPoint(), directory, programs);
    await compare('as the first start leaves it', service, small);
    const sizeBytes = await growDatabase(await service.database(), ROWS_PER_TABLE);
    const large = await prepare(await service.takeBackup(), directory, programs);
    await compare(`with ${(sizeBytes / 1e6).toFixed(0)} MB of tables`, service, large);
  } finally {
    await service.stop();
  }
}

async function compare(what: string, service: DrillService, prepared: Prepared): Promise<void> {
  console.log(`\nMuster's own database ${what}, in ${directory}`);
  const drills: MeasuredRun[] = [];
  const hands: HandTimes[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pair = round % 2 === 0 ? await drillFirst(service, prepared) : await handFirst(service, prepared);
    // The first round warms both up.
    if (round === 0) continue;
    drills.push(pair.drill);
    hands.push(pair.hand);
    const [ours, theirs] = [pair.drill.technicalRtaSeconds, untilValidated(pair.hand)];
    console.log(
      `round ${round}: drill ${ours.toFixed(2)} s, by hand ${theirs.toFixed(2)} s, ${(ours / theirs).toFixed(2)}x`,
    );
  }
  report(drills, hands);
}

async function drillFirst(service: DrillService, prepared: Prepared) {
  const drill = await service.drill();
  return { drill, hand: await recoverByHand(prepared) };
}

async function handFirst(service: DrillService, prepared: Prepared) {
  const hand = await recoverByHand(prepared);
  return { hand, drill: await service.drill() };
}

function report(drills: readonly MeasuredRun[], hands: readonly HandTimes[]): void {
  const phases = ['provision', 'fetch', 'verify', 'restore', 'validate', 'cleanup'];
  const ofPhase = (name: string) =>
    median(drills.map((run) => run.phases.find(({ phase }) => phase === name)?.seconds ?? Number.NaN));
  const of = (step: keyof HandTimes) => median(hands.map((times) => times[step]));
  console.log(`drill    ${phases.map((name) => `${name} ${ofPhase(name).toFixed(2)}`).join(', ')}`);
  console.log(
    `by hand  copy ${of('fetch').toFixed(2)}, check ${(of('verifyStored') + of('verifyFiles')).toFixed(2)} (sha256sum: ${of('coreutils').toFixed(2)}), ` +
      `unpack ${of('unpack').toFixed(2)}, server ${of('postgres').toFixed(2)}, compare ${of('compare').toFixed(2)}, clean up ${of('cleanup').toFixed(2)}`,
  );
  const ours = median(drills.map((run) => run.technicalRtaSeconds));
  const theirs = median(hands.map(untilValidated));
  const withCoreutils = median(
    hands.map((times) => untilValidated(times) - times.verifyStored - times.verifyFiles + times.coreutils),
  );
  const ratio = median(drills.map((run, round) => run.technicalRtaSeconds / untilValidated(hands[round] as HandTimes)));
  console.log(
    `technical RTA ${ours.toFixed(2)} s, by hand ${theirs.toFixed(2)} s (with sha256sum ${withCoreutils.toFixed(2)} s): ` +
      `overhead ${(ours - theirs).toFixed(2)} s, ${((ratio - 1) * 100).toFixed(0)} % (median of ${ROUNDS} rounds)`,
  );
}

function defaultDirectory(): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= SPACE_BYTES ? memory : tmpdir();
}

function requireTools(): void {
  for (const tool of TOOLS) {
    try {
      execFileSync('which', [tool], { stdio: 'ignore' });
    } catch {
      throw new Error(
        `${tool} is not installed: by hand needs ${TOOLS.join(', ')} (Debian: apt-get install zstd openssl)`,
      );
    }
  }
}
