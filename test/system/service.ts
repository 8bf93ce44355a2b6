import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPostmasterPid } from '../../src/database/server/postmaster-pid.ts';
import { type Api, apiOf } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, processesBelowNow } from './installation.ts';

/** The checkout, in which the service is started. */
export const CHECKOUT = join(import.meta.dirname, '..', '..');

export interface LaunchOptions {
  /** Besides what every test needs: its own data directory, a free port, no terminal. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of `node src/main.ts`. */
  readonly command?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** In a process group of its own, as a terminal starts a command. */
  readonly ownGroup?: boolean;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A service process, whatever became of it. */
export interface Launched {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  /** Everything that it has written so far. */
  stdout(): string;
  stderr(): string;
  /** What it has written to standard error for people: everything but its log. */
  said(): string[];
}

/** A service that answers. */
export interface Service extends Launched {
  readonly installation: Installation;
  readonly url: string;
  readonly pid: number;
  /** The API, with the token of the first start; without one where this was not the first. */
  readonly api: Api;
  /** The id of the embedded server's postmaster, as it stands in its own file. */
  postmasterPid(): Promise<number>;
  /** An orderly stop; how it ended. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<Exit>;
  /** kill -9 of this process alone, and waits for its end. */
  kill(): Promise<void>;
}

/** The environment of the test run, without what only concerns tests. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { MUSTER_TEST_SCALE: _scale, NODE_ENV: _test, VITEST: _vitest, ...inherited } = process.env;
  return inherited;
}

/** What makes a process work in an installation, whatever the person at the keyboard has set. */
export function environmentOf({ data, run }: Installation): Readonly<Record<string, string>> {
  // The samples have a test of their own: others start sooner, and count what they make themselves.
  return { MUSTER_DATA: data, MUSTER_PORT: '0', MUSTER_SAMPLES: 'off', TMPDIR: run };
}

/** Starts the service as its own process, and does not wait for anything. */
export function launch(installation: Installation, options: LaunchOptions = {}): Launched {
  const [file = '', ...args] = options.command ?? [process.execPath, 'src/main.ts'];
  const child = spawn(file, args, {
    cwd: CHECKOUT,
    env: {
      ...inheritedEnvironment(),
      ...environmentOf(installation),
      MUSTER_LOG_LEVEL: 'info',
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`: what it wrote last must have arrived.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  remember(installation, child, exited);
  return { child, exited, stdout: () => stdout, stderr: () => stderr, said: () => saidIn(stderr) };
}

/** What is for people on standard error: everything but the log. */
function saidIn(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{"level"'));
}

/** The complaints of a start that failed: what it said but that it began. */
export function complaintsIn(stderr: string): string[] {
  return saidIn(stderr).filter((line) => !/^Muster \S+ starts in /.test(line));
}

function remember({ root }: Installation, child: ChildProcess, exited: Promise<Exit>): void {
  if (child.pid === undefined) return;
  const pid = child.pid;
  const pids = processesBelowNow.get(root) ?? new Set();
  processesBelowNow.set(root, pids.add(pid));
  exited.then(
    () => pids.delete(pid),
    () => pids.delete(pid),
  );
}

const START_SECONDS_MAX = 60;
const SAID_CHARACTERS_MAX = 4000;

/**
 * Starts the service and waits until it listens and is ready; `card`: until it has also printed the card, so that the first
 * backup and the first drill are over.
 */
export async function startService(
  installation: Installation,
  options: LaunchOptions & { readonly until?: 'ready' | 'card' } = {},
): Promise<Service> {
  const launched = launch(installation, options);
  let ended: Exit | undefined;
  launched.exited.then((exit) => {
    ended = exit;
  });
  const wait = <T>(what: string, ask: () => T | undefined | Promise<T | undefined>) =>
    eventually(what, START_SECONDS_MAX, () => {
      if (ended) throw new Error(`The service ended (${JSON.stringify(ended)}) before ${what}`);
      return ask();
    }).catch((thrown) => {
      throw new Error(`${thrown.message}. It said: ${launched.stderr().slice(-SAID_CHARACTERS_MAX)}`);
    });
  const url = await wait('it listens', () => /listens on (\S+)/.exec(launched.stdout())?.[1]);
  await wait('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200 || undefined);
  if (options.until === 'card')
    await wait('it has printed its card', () => launched.stdout().includes('Do next') || undefined);
  // Of several replicas only one is given it.
  const token = (await readFile(join(installation.data, 'admin-token'), 'utf8').catch(() => '')).trim();
  return serviceOf(installation, launched, url, token);
}

function serviceOf(installation: Installation, launched: Launched, url: string, token: string): Service {
  const { child, exited } = launched;
  const endWith = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    ...launched,
    installation,
    url,
    pid: child.pid ?? -1,
    api: apiOf(url, token),
    postmasterPid: () =>
      eventually('the postmaster is on record', 30, async () => {
        return (await readPostmasterPid(join(installation.data, 'postgres')))?.pid;
      }),
    stop: (signal = 'SIGTERM') => endWith(signal),
    kill: async () => {
      await endWith('SIGKILL');
    },
  };
}

/** Starts the service where it cannot start, and answers how it ended and what it said; one that hangs is killed after `seconds`. */
export async function failToStart(
  installation: Installation,
  options: LaunchOptions & { readonly seconds?: number } = {},
): Promise<Exit & { readonly lines: readonly string[]; readonly stderr: string }> {
  const launched = launch(installation, options);
  const limitSeconds = options.seconds ?? START_SECONDS_MAX;
  const timer = setTimeout(() => launched.child.kill('SIGKILL'), limitSeconds * 1000);
  const exit = await launched.exited;
  clearTimeout(timer);
  const stderr = launched.stderr();
  return { ...exit, lines: complaintsIn(stderr), stderr };
}
