import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../kernel/durable-files.ts';
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
}

/**
 * Makes a work directory, with a marker beside it that names the process. Disposing removes what is left of
 * both; what was published by renaming the directory stays.
 */
export async function openWorkDirectory(parent: string, name: string): Promise<WorkDirectory> {
  const path = join(parent, `${PREFIX}${name}`);
  const marker = `${path}${MARKER_SUFFIX}`;
  await writeDurably(marker, JSON.stringify(thisProcess()));
  await mkdir(path, { mode: 0o700 });
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A marker that cannot be touched is a disk that went away: the work itself meets that.
    utimes(marker, now, now).catch(() => {});
  }, HEARTBEAT_SECONDS * 1000);
  heartbeat.unref();
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      clearInterval(heartbeat);
      await rm(path, { recursive: true, force: true });
      await rm(marker, { force: true });
    },
  };
}

/**
 * Removes what dead processes left: work directories whose marker names a process of this host that is gone, or any host's
 * after a day of silence. What carries no marker of ours is left alone. Answers the removed paths.
 */
export async function reapWorkDirectories(parent: string, log: Logger): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX) || !name.endsWith(MARKER_SUFFIX)) continue;
    const marker = join(parent, name);
    if (!(await isDead(marker))) continue;
    const directory = marker.slice(0, -MARKER_SUFFIX.length);
    await rm(directory, { recursive: true, force: true });
    await rm(marker, { force: true });
    log.warn({ directory }, 'removed what an interrupted run had left');
    removed.push(directory);
  }
  return removed;
}

async function isDead(marker: string): Promise<boolean> {
  const [text, found] = await Promise.all([
    readFile(marker, 'utf8').catch(() => undefined),
    stat(marker).catch(() => undefined),
  ]);
  if (text === undefined || found === undefined) return false;
  const silent = Date.now() - found.mtimeMs > SILENT_HOURS * 3_600_000;
  const owner = parseOwner(text);
  const current = thisProcess();
  if (owner === undefined || owner.host !== current.host) return silent;
  if (owner.bootId !== current.bootId) return true;
  if (owner.namespace !== current.namespace) return silent;
  return startTicksOf(owner.pid) !== owner.startTicks;
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
