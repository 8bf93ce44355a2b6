// A sample organisation to look around in: a service of its own on a data directory of its own, filled once through its API as
// anybody would fill it, with real archives of which some are damaged, drills that run and alerts that fire. All of it is
// plainly made up. With --fill-only it fills a Muster that runs already, for a look around: never one that is in use.
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { runCli } from '../src/cli/run-cli.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { until } from './demo/api.ts';
import { fill, isFilled, type Target } from './demo/fill.ts';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { 'fill-only': { type: 'boolean', default: false } } });
process.env.MUSTER_DATA ??= join(root, values['fill-only'] ? 'data' : 'data-demo');
process.env.MUSTER_PORT ??= '7300';
const dataDirectory = resolve(process.env.MUSTER_DATA);
const url = `http://127.0.0.1:${process.env.MUSTER_PORT}`;
/** Written last, so that a sample organisation that was left half made is known as one. */
const completeMark = join(dataDirectory, 'demo', 'complete');

process.exitCode = await (values['fill-only'] ? fillRunning() : serveFilled());
// What still waits for a state of the service will not see it any more.
process.exit();

async function fillRunning(): Promise<number> {
  const target = await targetOf();
  if (await isFilled(target)) say('There are locations already: nothing was added.');
  else await fill(target);
  return 0;
}

/** Runs the service until it is asked to stop, and fills it when it is new. @returns the exit status. */
async function serveFilled(): Promise<number> {
  if (!(await isPortFree())) {
    const { MUSTER_PORT: port } = process.env;
    console.error(`demo: port ${port} is taken. End what uses it, or choose another: MUSTER_PORT=7301 npm run demo`);
    return 1;
  }
  // The log would bury what is said here, with the errors that damaged backups are on purpose.
  process.env.MUSTER_LOG_LEVEL ??= 'fatal';
  process.env.MUSTER_SAMPLES = 'on';
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isStopping = true));
  const served = runCli(['serve']);
  let isComplete = true;
  fillOnce().catch((thrown) => {
    if (isStopping) return;
    isComplete = false;
    console.error(`demo: ${messageOf(thrown)}. What is there is half made: remove ${dataDirectory} and start again.`);
    process.kill(process.pid, 'SIGTERM');
  });
  const status = await served;
  return isComplete ? status : 1;
}

async function fillOnce(): Promise<void> {
  const target = await until('the service answers', async () => {
    // Neither the token nor the port is there at once.
    const found = await targetOf().catch(() => undefined);
    const answers = found && (await isFilled(found).catch(() => undefined)) !== undefined;
    return answers ? found : undefined;
  });
  const startedMs = performance.now();
  if (!(await isFilled(target))) {
    await fill(target);
    await writeFile(completeMark, '');
    say(`The sample organisation is complete after ${Math.round((performance.now() - startedMs) / 1000)} s.`);
  } else if (await isThere(completeMark)) {
    say('The sample organisation is there; nothing was added.');
  } else {
    say(
      `The sample organisation was left half made. To have all of it, end this, remove ${dataDirectory} and start again.`,
    );
  }
  const muster = join(root, 'src/cli/muster.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [muster, 'token', 'sign-in-link']);
  say(`Sign in, once, within 10 minutes (more: npm run demo again):\n  ${stdout.trim()}\nCtrl-C ends it.`);
}

async function targetOf(): Promise<Target> {
  const adminToken = (await readFile(join(dataDirectory, 'admin-token'), 'utf8')).trim();
  return { url, adminToken, dataDirectory, say };
}

function isPortFree(): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(Number(process.env.MUSTER_PORT), '127.0.0.1', () => probe.close(() => done(true)));
  });
}

function say(line: string): void {
  console.log(`[demo] ${line}`);
}

async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined;
}
