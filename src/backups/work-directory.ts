import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, writeDurably } from '../kernel/durable-files.ts';
import type { Logger } from '../kernel/log.ts';

const PREFIX = '.unfinished-';
const MARKER_SUFFIX = '.owner.json';
const HEARTBEAT_SECONDS = 10;
/** Work of another host whose marker has been silent for this long is dead. Far above any clock difference. */
const SILENT_HOURS = 24;

const ownerSchema = z.object({
  format: z.literal('muster-work/1'),
  host: z.string(),
  bootId: z.string(),
  /** Process ids mean something in their own namespace only: containers of one host do not share it. */
  namespace: z.string(),
  pid: z.int(),
  startTicks: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

/** A hidden directory for something that is being made, beside the place where it will be when it is whole. */
export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
  /** Leaves it as what a dead process left, for whoever goes on with it. */
  leave(): Promise<void>;
}

/** What a dead process left. */
export interface DeadWork {
  /** As it was opened. */
  readonly name: string;
  readonly path: string;
  /** Its process ran on this machine since it was last started: what it had written is there. */
  readonly isIntact: boolean;
}

/**
 * Makes a work directory, with a marker beside it that names the process; or goes on with what a dead one left. Disposing
 * removes what is left of both; what was published by renaming the directory stays.
 */
export async function openWorkDirectory(parent: string, name: string, left?: DeadWork): Promise<WorkDirectory> {
  const path = join(parent, `${PREFIX}${name}`);
  const marker = `${path}${MARKER_SUFFIX}`;
  await writeDurably(marker, JSON.stringify(thisProcess()));
  await mkdir(path, { mode: 0o700 });
  if (left !== undefined) await adopt(left, path);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A marker that cannot be touched is a disk that went away: the work itself meets that.
    utimes(marker, now, now).catch(() => {});
  }, HEARTBEAT_SECONDS * 1000);
  heartbeat.unref();
  return {
    path,
    leave: async () => {
      clearInterval(heartbeat);
      await replaceFile(marker, JSON.stringify({ ...thisProcess(), pid: NO_PROCESS, startTicks: 'left' }));
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(heartbeat);
      await rm(path, { recursive: true, force: true });
      await rm(marker, { force: true });
    },
  };
}

/** No process of a system has this id. */
const NO_PROCESS = 0;

/** What another one took meanwhile is not there any more. */
async function adopt(left: DeadWork, path: string): Promise<void> {
  await rename(left.path, path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  await rm(`${left.path}${MARKER_SUFFIX}`, { force: true });
}

/**
 * Removes what dead processes left: work directories whose marker names a process of this host that is gone, or any host's
 * after a day of silence. What carries no marker of ours is left alone. Answers the removed paths.
 */
export async function reapWorkDirectories(parent: string, log: Logger): Promise<string[]> {
  const dead = await deadWorkIn(parent);
  for (const work of dead) await removeDeadWork(work, log);
  return dead.map(({ path }) => path);
}

/** What dead processes left there. */
export async function deadWorkIn(parent: string): Promise<DeadWork[]> {
  const dead: DeadWork[] = [];
  for (const file of await readdir(parent)) {
    if (!file.startsWith(PREFIX) || !file.endsWith(MARKER_SUFFIX)) continue;
    const path = join(parent, file.slice(0, -MARKER_SUFFIX.length));
    const state = await stateOf(join(parent, file));
    if (state === 'alive') continue;
    dead.push({ name: file.slice(PREFIX.length, -MARKER_SUFFIX.length), path, isIntact: state === 'dead-here' });
  }
  return dead;
}

export async function removeDeadWork({ path }: DeadWork, log: Logger): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await rm(`${path}${MARKER_SUFFIX}`, { force: true });
  log.warn({ directory: path }, 'removed what an interrupted run had left');
}

async function stateOf(marker: string): Promise<'alive' | 'dead' | 'dead-here'> {
  const [text, found] = await Promise.all([
    readFile(marker, 'utf8').catch(() => undefined),
    stat(marker).catch(() => undefined),
  ]);
  if (text === undefined || found === undefined) return 'alive';
  const silent = Date.now() - found.mtimeMs > SILENT_HOURS * 3_600_000 ? 'dead' : 'alive';
  const owner = parseOwner(text);
  const current = thisProcess();
  if (owner === undefined || owner.host !== current.host) return silent;
  if (owner.bootId !== current.bootId) return 'dead';
  if (owner.namespace !== current.namespace) return silent;
  return startTicksOf(owner.pid) === owner.startTicks ? 'alive' : 'dead-here';
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // The process died while it wrote the marker.
    return undefined;
  }
}

function thisProcess(): Owner {
  return {
    format: 'muster-work/1',
    host: hostname(),
    bootId: readProc('/proc/sys/kernel/random/boot_id').trim(),
    namespace: namespaceOf(),
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
  };
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** When the process began, in ticks since boot: tells a process from a later one with the same id. Empty: not running. */
function startTicksOf(pid: number): string {
  const afterName = readProc(`/proc/${pid}/stat`).split(') ').at(-1) ?? '';
  const ticks = afterName.split(' ')[19] ?? '';
  if (ticks !== '' || process.platform === 'linux') return ticks;
  try {
    process.kill(pid, 0);
    return 'running';
  } catch {
    return '';
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
