import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stopOrphan } from '../database/server/orphan.ts';
import { sweepSocketDirectories } from '../database/server/socket-directory.ts';
import type { ConclusionDeps, HostDeps } from './drill-deps.ts';
import { processStateOf } from './process-identity.ts';
import { runState } from './reap.store.ts';
import { listSandboxes, openSandboxRoot, removeHalfRemoved, removeSandbox, sandboxDirectory } from './sandbox.ts';

type LeftoverDeps = HostDeps & Pick<ConclusionDeps, 'db' | 'log'>;

/** How deep below a sandbox a data directory can lie. */
const DATA_DEPTH_MAX = 3;

/**
 * Stops every server that runs on a data directory in the run's sandbox, and removes the sandbox. The run's worker must be
 * gone. Only processes of those very directories are signalled: a process id that was given out again is left alone.
 */
export async function removeLeftovers(deps: LeftoverDeps, runId: string): Promise<void> {
  const root = await openSandboxRoot(deps.sandboxRoot);
  // Nothing in it is worth a checkpoint.
  await stopServersBelow(deps, sandboxDirectory(root, runId), { isDoomed: true });
  await removeSandbox(root, runId);
}

/** Stops every server that runs on a data directory in a sandbox. */
export async function stopServersBelow(
  { log, runtimeDirectory }: LeftoverDeps,
  directory: string,
  { isDoomed }: { readonly isDoomed: boolean },
): Promise<void> {
  const fastTimeoutSeconds = isDoomed ? 5 : 60;
  for (const dataDirectory of await dataDirectoriesBelow(directory, DATA_DEPTH_MAX)) {
    await stopOrphan({ dataDirectory, log, fastTimeoutSeconds, isDoomed });
    await sweepSocketDirectories(runtimeDirectory, dataDirectory, '');
  }
}

/**
 * Removes sandboxes that no live run of this host owns: of runs that have ended and keep nothing, and of runs that this database does not
 * know when their process is dead. Without a readable marker of this host nothing is touched.
 */
export async function removeStraySandboxes(deps: LeftoverDeps): Promise<void> {
  const root = await openSandboxRoot(deps.sandboxRoot);
  await removeHalfRemoved(root);
  for (const { owner } of await listSandboxes(root)) {
    if (owner?.hostId !== deps.hostId) continue;
    const state = await runState(deps.db, owner.runId);
    const alive = processStateOf(owner.process) !== 'dead';
    if (state === 'live' || state === 'kept' || alive) continue;
    deps.log.warn({ runId: owner.runId }, 'a sandbox without a live run was found: removing it');
    await removeLeftovers(deps, owner.runId);
  }
}

async function dataDirectoriesBelow(directory: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.name === 'PG_VERSION')) return [directory];
  if (depth === 0) return [];
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  return (await Promise.all(below.map((child) => dataDirectoriesBelow(child, depth - 1)))).flat();
}
