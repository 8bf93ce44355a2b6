// Runs every test and ends with the one line that says how it went: `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly status: string }[];
}

const SLOWEST_SHOWN = 10;
const END_SECONDS_MAX = 60;
const MEMORY_FREE_BYTES_MIN = 6 * 1024 ** 3;
const directory = mkdtempSync(join(temporaryRoot(), 'muster-'));
// Some tests run servers as another user, who has to get through here.
chmodSync(directory, 0o711);
const output = join(directory, 'results.json');
const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs');
const succeeded = await runTests();

let files: readonly FileResult[] = [];
try {
  files = (JSON.parse(readFileSync(output, 'utf8')) as { testResults: FileResult[] }).testResults;
} catch {
  console.error('The test runner left no results: it died before it ran a test.');
}
rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });

const count = (status: string) =>
  files.flatMap((file) => file.assertionResults).filter((result) => result.status === status).length;
const passed = count('passed');
const skipped = count('skipped') + count('pending') + count('todo');
// A file that cannot be loaded fails without a single test in it.
const unloadable = files.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((r) => r.status === 'failed'),
);
const failed = count('failed') + unloadable.length + (passed === 0 ? 1 : 0);

console.log('\nSlowest files:');
for (const file of [...files]
  .sort((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime))
  .slice(0, SLOWEST_SHOWN)) {
  console.log(
    `  ${((file.endTime - file.startTime) / 1000).toFixed(1).padStart(7)} s  ${file.name.replace(`${process.cwd()}/`, '')}`,
  );
}
// Something outside the tests failed (an unhandled rejection, a leaked handle): the run is red although no test is.
const strayFailure = !succeeded && failed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed + strayFailure} failed, ${skipped} skipped`);
process.exitCode = succeeded && failed === 0 ? 0 : 1;

/** Whether the runner ended by itself and says that all went well. */
async function runTests(): Promise<boolean> {
  const unsteady = join(import.meta.dirname, 'second-tries.reporter.ts');
  const reporters = ['--reporter=default', `--reporter=${unsteady}`, '--reporter=json', `--outputFile.json=${output}`];
  const runner = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: directory },
  });
  // A process that a failed test left behind holds the runner's pipes for ever. A run that does not end is red, not endless.
  const watch = setInterval(() => {
    const written = statSync(output, { throwIfNoEntry: false });
    if (written === undefined || Date.now() - written.mtimeMs < END_SECONDS_MAX * 1000) return;
    console.error(`The test runner did not end ${END_SECONDS_MAX} s after its results were written: killed.`);
    runner.kill('SIGKILL');
  }, 1000);
  const [status] = await once(runner, 'exit');
  clearInterval(watch);
  return status === 0;
}

/** Dozens of database servers are made and thrown away: in memory, where there is enough of it, the disk does not slow them. */
function temporaryRoot(): string {
  const inMemory = '/dev/shm';
  try {
    accessSync(inMemory, constants.W_OK);
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= MEMORY_FREE_BYTES_MIN ? inMemory : tmpdir();
  } catch {
    return tmpdir();
  }
}
