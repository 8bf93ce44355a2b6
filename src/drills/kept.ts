import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseNowMs } from '../database/now.ts';
import { formatBytes } from '../kernel/units.ts';
import type { ConclusionDeps, HostDeps } from './drill-deps.ts';
import { recordResourcesRemoved } from './drill-part.store.ts';
import { setCleanup } from './drill-run.store.ts';
import { type KeptSandbox, keptRuns } from './kept.store.ts';
import { removeLeftovers } from './leftovers.ts';
import type { Recovery } from './recovery.ts';
import type { RunStatus } from './run.ts';
import { freeBytesOf, type Sandbox } from './sandbox.ts';

/** What was decided about the sandbox of a run, in words for its log; `kept` is undefined when it is to be removed. */
interface Keeping {
  readonly kept?: KeptSandbox;
  readonly said: string;
}

/**
 * Whether the sandbox of a run stays for a while: when its definition says so, and the run failed or its data did not validate.
 * It never stays where another run of the drill, which needs `neededBytes`, would find no room. Undefined when nobody asked for
 * it. Everything that ran in the sandbox must have ended.
 */
export async function keeping(
  { deps, definition, validation }: Recovery,
  sandbox: Sandbox,
  status: RunStatus,
  neededBytes: number,
): Promise<Keeping | undefined> {
  const hasFailed = status === 'failed' || (status === 'completed' && validation === 'failed');
  const { keep, forMinutes = 0 } = definition.cleanup ?? {};
  if (keep === undefined || !hasFailed) return undefined;
  const freeBytes = await freeBytesOf(sandbox.directory);
  if (freeBytes < neededBytes) {
    const said = `not kept: another run needs ${formatBytes(neededBytes)} and ${formatBytes(freeBytes)} are free`;
    return { said };
  }
  const sizeBytes = await sizeOnDisk(sandbox.directory);
  const until = new Date((await databaseNowMs(deps.db)) + forMinutes * 60_000);
  const place = `on host ${deps.hostId} in ${sandbox.directory}`;
  return {
    kept: { until, sizeBytes },
    said: `kept until ${until.toISOString()} ${place} (${formatBytes(sizeBytes)})`,
  };
}

/**
 * Removes kept sandboxes of this host, those whose time is over soonest first, until so much is free; none when all of them would
 * not be enough. Answers whose they were.
 */
export async function makeRoom(
  deps: HostDeps & Pick<ConclusionDeps, 'db' | 'log'>,
  root: string,
  neededBytes: number,
): Promise<string[]> {
  const removed: string[] = [];
  const kept = await keptRuns(deps.db, deps.hostId);
  const keptBytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if ((await freeBytesOf(root)) + keptBytes < neededBytes) return removed;
  for (const { runId } of kept) {
    if ((await freeBytesOf(root)) >= neededBytes) break;
    await removeLeftovers(deps, runId);
    await deps.db.transaction(async (tx) => {
      await recordResourcesRemoved(tx, runId);
      await setCleanup(tx, runId, 'done', 'kept after the failure, and removed when a run needed the room');
    });
    removed.push(runId);
  }
  return removed;
}

/** What `stat` counts blocks in, whatever the file system's own. */
const BLOCK_BYTES = 512;

/** Bytes that a tree takes on the disk. A directory that its owner may not read counts as empty: it was restored like that. */
export async function sizeOnDisk(directory: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sizeBytes += await sizeOnDisk(path);
    else sizeBytes += (await lstat(path)).blocks * BLOCK_BYTES;
  }
  return sizeBytes;
}
