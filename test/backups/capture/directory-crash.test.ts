import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { BackupSet } from '../../../src/backups/backup-catalogue.ts';
import { ensureRepository } from '../../../src/backups/catalogue.store.ts';
import { initialiseRepository } from '../../../src/backups/repository.identity.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { mountSmallDisk } from '../support/tmpfs.ts';
import { useCaptureWorld } from './support/capture-world.ts';

const world = useCaptureWorld();
const smallDisk = mountSmallDisk(1024);

/** Incompressible files, so many KiB in all, in files of 64 KiB. */
async function newTree(sizeKiB: number): Promise<string> {
  const root = await world.newDirectory();
  for (let index = 0; index < sizeKiB / 64; index += 1) {
    writeFileSync(join(root, `file-${index}`), crypto.getRandomValues(Buffer.alloc(65_536)));
  }
  return root;
}

/** A set of a tree that takes minutes to read at its rate. */
async function slowSet(): Promise<{ readonly set: BackupSet; readonly directory: string }> {
  const source = { type: 'directory', path: await newTree(8192), format: 'tar.zst' } as const;
  const set = await world.newSet({ ...source, exclude: [], oneFileSystem: true }, { bytesPerSecondMax: 65_536 });
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  return { set, directory: join(root, set.name) };
}

/** Waits until the archive of a capture is there. */
const begun = (directory: string) =>
  expect
    .poll(() => readdir(directory, { recursive: true }).catch(() => []), { timeout: 30_000 })
    .toContainEqual(expect.stringMatching(/\/tree\.tar\.zst$/));

/** The processes that capture for one of these. */
function capturing(parent: number | undefined): number[] {
  const threads = readdirSync(`/proc/${parent}/task`);
  const children = threads.flatMap((thread) => {
    return readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  });
  return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('capture.process.ts'));
}

const runOf = async (set: BackupSet) =>
  (await world.database.db.rows('SELECT state, failure_code FROM backup_capture WHERE set_id = $1', [set.id]))[0];

test('a capture whose process is killed fails, says so, and leaves nothing behind', async () => {
  const { set, directory } = await slowSet();
  const taking = world.take(set);
  const failing = expect(taking).rejects.toMatchObject({
    code: 'capture-process-died',
    message: expect.stringContaining('by signal SIGKILL'),
  });
  await begun(directory);
  for (const pid of capturing(process.pid)) process.kill(pid, 'SIGKILL');
  await failing;
  expect(await readdir(directory)).toEqual([]);
  expect(await runOf(set)).toEqual({ state: 'failed', failure_code: 'capture-process-died' });
  expect(await world.database.db.rows('SELECT FROM recovery_point WHERE set_id = $1', [set.id])).toEqual([]);
});

test('a cancelled capture ends its process, and leaves nothing behind', async () => {
  const { set, directory } = await slowSet();
  const cancel = new AbortController();
  const failing = expect(world.take(set, { signal: cancel.signal })).rejects.toThrow('enough');
  await begun(directory);
  cancel.abort(new Error('enough'));
  await failing;
  expect(await readdir(directory)).toEqual([]);
  expect(capturing(process.pid)).toEqual([]);
  expect(await runOf(set)).toEqual({ state: 'failed', failure_code: 'aborted' });
});

test('a capture for which the disk is too small fails, says so, and leaves nothing behind', async ({ skip }) => {
  if (smallDisk === undefined) return skip('this process may not mount a disk');
  const identity = await initialiseRepository(smallDisk);
  const place = { name: smallDisk, root: smallDisk, identity, workerTag: 'default' };
  const repositoryId = await world.database.db.transaction((tx) => ensureRepository(tx, place));
  const path = await newTree(4096);
  for (const format of ['tar.zst', 'tar.gz', 'zip'] as const) {
    const source = { type: 'directory', path, format, oneFileSystem: true } as const;
    const set = await world.newSet({ ...source, exclude: [] }, { repositoryId });
    await expect(world.take(set)).rejects.toMatchObject({ kind: 'unavailable', code: 'disk-full' });
    expect(await readdir(join(smallDisk, set.name))).toEqual([]);
    expect(await runOf(set)).toEqual({ state: 'failed', failure_code: 'disk-full' });
  }
});

describe('a worker that is killed in the middle of a capture', () => {
  const workers: ChildProcess[] = [];
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  });

  /** Takes a point of a tree in a process of its own, as a worker does. */
  function startWorker(source: string, repositoryRoot: string, setName: string): ChildProcess {
    const at = (module: string) => JSON.stringify(new URL(`../../../src/${module}`, import.meta.url).href);
    const script = `
      import { generateKeyPairSync } from 'node:crypto';
      import { captureInProcess } from ${at('backups/capture/capture-process.ts')};
      import { writePoint } from ${at('backups/point-writer.ts')};
      import { systemClock } from ${at('kernel/clock.ts')};
      const { path, repositoryRoot, setName } = ${JSON.stringify({ path: source, repositoryRoot, setName })};
      const log = { warn() {} };
      const signingKey = generateKeyPairSync('ed25519').privateKey;
      await writePoint({ repositoryRoot, setName, signingKey, clock: systemClock, log }, (directory) => captureInProcess({
        source: { type: 'directory', path, format: 'tar.zst', exclude: [], oneFileSystem: true },
        directory, recipients: [], ownDirectories: [], openDirectories: [], bytesPerSecondMax: 65536,
      }));`;
    const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    workers.push(worker);
    return worker;
  }

  test('takes its process along, and what it left is removed by the next capture, which is sound', async () => {
    const path = await newTree(1024);
    const source = { type: 'directory', path, format: 'tar.zst', oneFileSystem: true } as const;
    const set = await world.newSet({ ...source, exclude: [] });
    const { root } = await repositoryById(world.database.db, set.repositoryId);
    const directory = join(root, set.name);
    await mkdir(directory);
    const worker = startWorker(path, root, set.name);
    await begun(directory);
    const [capture = 0] = capturing(worker.pid);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await expect.poll(() => isRunning(capture), { timeout: 30_000 }).toBe(false);
    expect(await readdir(directory)).toHaveLength(2);
    const point = await world.take(set);
    expect(point.verdict).toBe('sound');
    expect(await readdir(directory)).toEqual([point.name.split('/')[1]]);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
