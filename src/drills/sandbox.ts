import { chmod, lstat, mkdir, readdir, readFile, realpath, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';

/** Says that a directory is ours to make sandboxes in, and to remove them from. */
const ROOT_MARKER = '.muster-sandboxes';
const RUN_MARKER = '.muster-run.json';
const RUN_PREFIX = 'run-';
/** What is being removed is renamed first: a half-removed sandbox is never taken for a whole one. */
const REMOVING_PREFIX = '.removing-';

const runMarkerSchema = z.object({ runId: z.uuid(), hostId: z.string().min(1), process: z.string() });

/** Whose a sandbox is. */
export type SandboxOwner = z.infer<typeof runMarkerSchema>;

/** The directory of one run. */
export interface Sandbox {
  readonly runId: string;
  /** Real path. */
  readonly directory: string;
}

/**
 * Makes the directory below which this host's sandboxes lie, or opens it again. It is closed to others (0700).
 * @throws AppError `conflict` `sandbox-root-occupied` when something else lies there: what is in it would be removed one day.
 */
export async function openSandboxRoot(root: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const directory = await realpath(root);
  const names = await readdir(directory);
  if (!names.includes(ROOT_MARKER)) {
    if (names.length > 0) {
      throw new AppError(
        'conflict',
        'sandbox-root-occupied',
        `${directory} is not empty (${names.slice(0, 3).join(', ')}) and was not made for drills: name an empty directory`,
      );
    }
    await writeFile(
      join(directory, ROOT_MARKER),
      'Drills work below this directory; everything in it may be removed.\n',
    );
  }
  await chmod(directory, 0o700);
  return directory;
}

/** Makes the directory of one run, marked with whose it is before anything else lies in it. */
export async function makeSandbox(root: string, owner: SandboxOwner): Promise<Sandbox> {
  const parent = await openSandboxRoot(root);
  const directory = sandboxDirectory(parent, owner.runId);
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, RUN_MARKER), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  return { runId: owner.runId, directory };
}

/**
 * The absolute path of something in the sandbox.
 * @throws AppError `forbidden` `outside-sandbox` when the path, or a link on the way to it, leaves the sandbox.
 */
export async function pathInside(sandbox: Sandbox, relativePath: string): Promise<string> {
  const path = resolve(sandbox.directory, relativePath);
  const refuse = () =>
    new AppError('forbidden', 'outside-sandbox', `The path ${relativePath} leads out of the sandbox of this run`);
  if (isAbsolute(relativePath) || relativePath.includes('\0') || !isWithin(sandbox.directory, path)) throw refuse();
  const existing = await nearestExisting(path);
  if (existing !== sandbox.directory && !isWithin(sandbox.directory, await realpath(existing))) throw refuse();
  return path;
}

/** Where the sandbox of a run lies, or would lie. */
export function sandboxDirectory(root: string, runId: string): string {
  return join(root, `${RUN_PREFIX}${runId}`);
}

/** The sandboxes below the root, with whose they are; `owner` is undefined where the marker is missing or unreadable. */
export async function listSandboxes(
  root: string,
): Promise<{ readonly directory: string; readonly owner: SandboxOwner | undefined }[]> {
  const names = await readdir(root).catch(() => []);
  const sandboxes = names.filter((name) => name.startsWith(RUN_PREFIX)).map((name) => join(root, name));
  return Promise.all(sandboxes.map(async (directory) => ({ directory, owner: await ownerOf(directory) })));
}

/** Removes the sandbox of a run, and makes sure that it is gone. Nothing to remove is success. */
export async function removeSandbox(root: string, runId: string): Promise<void> {
  const directory = sandboxDirectory(root, runId);
  const doomed = join(root, `${REMOVING_PREFIX}${newId()}`);
  try {
    await rename(directory, doomed);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw thrown;
  }
  await removeTree(doomed);
}

/** Finishes removals that a killed process had begun. */
export async function removeHalfRemoved(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    if (name.startsWith(REMOVING_PREFIX)) await removeTree(join(root, name));
  }
}

/**
 * Makes sure that the sandbox's file system has room.
 * @throws AppError `unavailable` `sandbox-full` with what is needed and what is there.
 */
export async function requireSpace(directory: string, neededBytes: number, describe: (sizeBytes: number) => string) {
  const freeBytes = await freeBytesOf(directory);
  if (freeBytes >= neededBytes) return;
  throw new AppError(
    'unavailable',
    'sandbox-full',
    `The drill needs ${describe(neededBytes)} in ${directory} and ${describe(freeBytes)} are free: make room there, or name another sandbox directory`,
  );
}

/** What the file system of an existing directory has free for whoever is not root. */
export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw thrown;
    // A restored tree brings its own modes: a directory that its owner may not write keeps its content from removal.
    await openDirectories(directory);
    await rm(directory, { recursive: true, force: true });
  }
}

async function openDirectories(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(join(directory, entry.name));
  }
}

async function ownerOf(directory: string): Promise<SandboxOwner | undefined> {
  try {
    return runMarkerSchema.parse(JSON.parse(await readFile(join(directory, RUN_MARKER), 'utf8')));
  } catch {
    return undefined;
  }
}

async function nearestExisting(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    const found = await lstat(candidate).catch(() => undefined);
    if (found !== undefined || candidate === dirname(candidate)) return candidate;
  }
}

function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}${sep}`);
}
