import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { runCommand, SERVER_ENVIRONMENT } from './command.ts';

/** `flock`: the kernel holds it and releases it with the process. `pid-file`: where flock(1) is not installed. */
export type LockMethod = 'flock' | 'pid-file';

/** Who holds a lock, as written into the lock file. For messages; the `flock` method does not judge by it. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** A lock that is held until it is released or the process ends, however it ends. */
export interface HeldLock {
  readonly method: LockMethod;
  release(): Promise<void>;
}

/** The lock is taken by someone else; undefined fields were not to be read. */
export interface RefusedLock {
  readonly holder: LockHolder | undefined;
}

/**
 * Takes the lock that the file stands for, without waiting.
 *
 * @throws AppError `unavailable` `lock-failed` when the file system takes no locks.
 */
export async function takeLock(path: string, self: LockHolder, method?: LockMethod): Promise<HeldLock | RefusedLock> {
  const chosen = method ?? ((await hasFlock()) ? 'flock' : 'pid-file');
  return chosen === 'flock' ? takeFlock(path, self) : takePidFile(path, self);
}

async function hasFlock(): Promise<boolean> {
  return (await runCommand({ file: 'flock', args: ['--help'] }, 10)).status !== undefined;
}

/**
 * flock(1) locks a descriptor that it inherits and ends. The lock belongs to the open file, which we keep open: the kernel
 * releases it when our last descriptor closes, so nothing stale can stay behind. Our children do not inherit it.
 */
async function takeFlock(path: string, self: LockHolder): Promise<HeldLock | RefusedLock> {
  // A plain descriptor: a FileHandle would be closed, and the lock lost, when it is collected as garbage.
  const fd = openSync(path, 'a+', 0o600);
  try {
    if (!(await flockDescriptor(fd, path))) {
      const holder = parseHolder(readFileSync(path, 'utf8'));
      closeSync(fd);
      return { holder };
    }
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(self)}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { method: 'flock', release: async () => closeSync(fd) };
}

async function flockDescriptor(fd: number, path: string): Promise<boolean> {
  const child = spawn('flock', ['-n', '3'], { env: SERVER_ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe', fd] });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.once('error', reject);
  child.once('close', resolve);
  const status = await promise;
  if (status === 0) return true;
  if (status === 1) return false;
  throw new AppError(
    'unavailable',
    'lock-failed',
    `${path} cannot be locked: ${said.trim() || `flock ended with ${status}`}`,
  );
}

const TAKEOVER_TRIES = 10;

/**
 * The file appears whole (by a link), and names a process and when it started: a recycled process id is not taken for the
 * holder. A stale file is moved away before the new one is linked.
 */
async function takePidFile(path: string, self: LockHolder): Promise<HeldLock | RefusedLock> {
  const content = `${JSON.stringify({ ...self, startedAt: await startOf(self.pid) })}\n`;
  const own = `${path}.${newId()}`;
  await writeFile(own, content, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < TAKEOVER_TRIES; attempt += 1) {
      if (await linked(own, path)) return { method: 'pid-file', release: () => releasePidFile(path, content) };
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      if (await isAlive(found)) return { holder: parseHolder(found) };
      await moveAway(path, found);
    }
  } finally {
    await rm(own, { force: true });
  }
  return { holder: undefined };
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the stale file away. If another process has put its own there in between, that one is put back. */
async function moveAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${newId()}`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved !== stale) await linked(aside, path);
  await rm(aside, { force: true });
}

async function releasePidFile(path: string, content: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === content) await unlink(path);
}

async function isAlive(text: string): Promise<boolean> {
  const holder = parseHolder(text);
  if (holder === undefined) return false;
  const startedAt = await startOf(holder.pid);
  return startedAt !== undefined && startedAt === holder.startedAt;
}

/** When a process started, in the machine's own words: ticks since boot on Linux, a date elsewhere. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
    // Field 22 of proc(5); the fields after the bracketed name begin with number 3.
    return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  }
  const { stdout } = await runCommand({ file: 'ps', args: ['-o', 'lstart=', '-p', String(pid)] }, 10);
  return stdout.trim() || undefined;
}

function parseHolder(text: string): (LockHolder & { readonly startedAt?: string }) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isHolder = typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
    return isHolder ? (value as LockHolder & { startedAt?: string }) : undefined;
  } catch {
    return undefined;
  }
}
