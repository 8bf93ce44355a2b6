import { lstat } from 'node:fs/promises';
import { formatBytes } from '../kernel/units.ts';
import type { CleanedUp } from './cleaned-up.ts';
import type { ConclusionDeps, HostDeps } from './drill-deps.ts';
import { recordResourcesRemoved, recordServersStopped } from './drill-part.store.ts';
import { settleHoldings } from './holding.service.ts';
import type { KeptSandbox } from './kept.store.ts';
import { sizeOnDisk } from './kept.ts';
import { stopServersBelow } from './leftovers.ts';
import type { Recovery } from './recovery.ts';
import type { RunStatus } from './run.ts';
import { openSandboxRoot, sandboxDirectory } from './sandbox.ts';
import { stopServices } from './serve.step.ts';

/**
 * Ends what runs for a recovery, and leaves what it has restored. Of one that was carried out to its end the spares and seats stay
 * held as well, until somebody collects or releases them or their time is over.
 */
export async function keepRecovered(recovery: Recovery, status: RunStatus): Promise<CleanedUp> {
  const { deps, recorder, runId, server, sandbox, definition } = recovery;
  const isHeldOn = status === 'completed';
  await recorder.write((tx) => settleHoldings(tx, runId, definition.name, { isHeldOn }));
  await stopServices(recovery);
  // What it has written must be whole: somebody starts it again.
  if (server) await server.stop('fast');
  if (!sandbox) {
    await recorder.write((tx) => recordResourcesRemoved(tx, runId));
    return { cleanup: 'done', cleanupReason: null, detail: 'nothing had been made' };
  }
  await recorder.write((tx) => recordServersStopped(tx, runId));
  const kept = await keptWhere(deps, sandbox.directory);
  return { ...kept, detail: `server stopped, ${kept.cleanupReason}` };
}

/** The same for a recovery whose process is gone, on its host. Undefined when it has made nothing. */
export async function keepInterrupted(
  deps: HostDeps & Pick<ConclusionDeps, 'db' | 'log'>,
  runId: string,
): Promise<KeptOutcome | undefined> {
  const directory = sandboxDirectory(await openSandboxRoot(deps.sandboxRoot), runId);
  if ((await lstat(directory).catch(() => undefined)) === undefined) return undefined;
  await stopServersBelow(deps, directory, { isDoomed: false });
  await deps.db.transaction((tx) => recordServersStopped(tx, runId));
  return keptWhere(deps, directory);
}

interface KeptOutcome {
  readonly cleanup: 'kept';
  readonly cleanupReason: string;
  readonly kept: KeptSandbox;
}

async function keptWhere({ hostId }: HostDeps, directory: string): Promise<KeptOutcome> {
  const sizeBytes = await sizeOnDisk(directory);
  const place = `on host ${hostId} in ${directory} (${formatBytes(sizeBytes)})`;
  return {
    ...{ cleanup: 'kept', kept: { until: null, sizeBytes } },
    cleanupReason: `what was restored stays ${place} until a person discards it`,
  };
}
