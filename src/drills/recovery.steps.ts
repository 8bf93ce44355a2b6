import { recordVerdict } from '../backups/catalogue.store.ts';
import { recordFileDigests } from '../backups/external/point-file.store.ts';
import { newId } from '../kernel/ids.ts';
import { formatBytes } from '../kernel/units.ts';
import { loadReadingThread } from '../verification/reading-thread.ts';
import type { CleanedUp } from './cleaned-up.ts';
import { recordResource, recordResourcesRemoved, recordServersStopped } from './drill-part.store.ts';
import { settleHoldings } from './holding.service.ts';
import { keeping, makeRoom } from './kept.ts';
import { keepRecovered } from './kept-recovery.ts';
import { isWatched, type SelectedPoint } from './point-choice.ts';
import { processIdentity } from './process-identity.ts';
import { provisioned, type Recovery } from './recovery.ts';
import type { RunStatus } from './run.ts';
import { makeSandbox, openSandboxRoot, removeSandbox, requireSpace } from './sandbox.ts';
import { selectPoint } from './select-point.step.ts';
import { stopServices } from './serve.step.ts';

/** Chooses the recovery point, makes sure that there is room for it, and makes the sandbox. Answers what it found. */
export async function provision(recovery: Recovery): Promise<string> {
  const { deps, runId, recorder } = recovery;
  const selected = await selectPoint(recovery);
  loadVerifier(recovery, selected);
  const { point } = selected;
  const root = await openSandboxRoot(deps.sandboxRoot);
  const neededBytes = spaceNeededBytes(selected);
  for (const gone of await makeRoom(deps, root, neededBytes)) {
    recorder.say(`what run ${gone} had kept was removed: this run needs the room`, 'warn');
  }
  await requireSpace(root, neededBytes, formatBytes);
  await recorder.write((tx) =>
    recordResource(tx, { id: newId(), runId, hostId: deps.hostId, kind: 'sandbox', path: root }),
  );
  recovery.sandbox = await makeSandbox(root, { runId, hostId: deps.hostId, process: processIdentity() });
  return `recovery point ${point.name} of ${point.takenAt.toString()} (${formatBytes(point.sizeBytes)})`;
}

/** To load a thread takes longer than to check a small backup, and until the copy is there, little else is to be computed. */
function loadVerifier(recovery: Recovery, selected: SelectedPoint): void {
  if (!recovery.definition.steps.some(({ step }) => step === 'verify')) return;
  if (isWatched(selected)) recovery.loadedThread = loadReadingThread(selected.point.sizeBytes);
  else recovery.deps.verifier.start();
}

/** The copy, the unpacked data, and a tenth of it for what the server writes while it recovers. */
function spaceNeededBytes({ point, unpackedBytes }: SelectedPoint): number {
  return point.sizeBytes + Math.ceil(unpackedBytes * 1.1);
}

/** Notes in the catalogue that the point was not only read but restored. */
export async function noteRestored(recovery: Recovery): Promise<void> {
  const { proven, fileDigests = new Map<string, string>(), recorder } = recovery;
  const { point } = provisioned(recovery).selected;
  if (proven === undefined) return;
  const digests = [...fileDigests].map(([path, digest]) => ({ pointId: point.id, path, digest }));
  await recorder.write(async (tx) => {
    const isNoted = await recordVerdict(tx, point.id, { ...proven, level: 'restore', wasReadInFull: true });
    if (isNoted) await recordFileDigests(tx, digests);
  });
}

/**
 * Removes everything that the run made, and makes sure of it; of a run that failed the files stay if the definition says so, of a
 * recovery in any case.
 * @throws whatever kept it from being removed.
 */
export async function cleanUp(recovery: Recovery, status: RunStatus, mayKeep: boolean): Promise<CleanedUp> {
  const { recorder, deps, runId, server, sandbox, selected, definition } = recovery;
  if (recovery.mode === 'recovery') return keepRecovered(recovery, status);
  await recorder.write((tx) => settleHoldings(tx, runId, definition.name));
  await stopServices(recovery);
  if (server) await server.stop('immediate');
  const keep =
    mayKeep && sandbox && selected ? await keeping(recovery, sandbox, status, spaceNeededBytes(selected)) : undefined;
  if (keep?.kept) {
    await recorder.write((tx) => recordServersStopped(tx, runId));
    return {
      cleanup: 'kept',
      cleanupReason: keep.said,
      kept: keep.kept,
      detail: `server stopped, sandbox ${keep.said}`,
    };
  }
  if (sandbox) await removeSandbox(await openSandboxRoot(deps.sandboxRoot), runId);
  await recorder.write((tx) => recordResourcesRemoved(tx, runId));
  const removed = sandbox ? 'server stopped, sandbox removed' : 'nothing had been made';
  return { cleanup: 'done', cleanupReason: keep?.said ?? null, detail: keep ? `${removed}, ${keep.said}` : removed };
}

/**
 * The same for a run that is not ours any more: nothing is written, and what cannot be removed, or has been recovered, is left to the
 * reaper.
 */
export async function removeUnrecorded(recovery: Recovery): Promise<void> {
  const { deps, runId, server, sandbox, mode } = recovery;
  try {
    await stopServices(recovery);
    if (server) await server.stop(mode === 'recovery' ? 'fast' : 'immediate');
    if (sandbox && mode !== 'recovery') await removeSandbox(await openSandboxRoot(deps.sandboxRoot), runId);
  } catch (thrown) {
    deps.log.error({ err: thrown, runId }, 'a drill left something behind: the next start removes it');
  }
}
