import { sharesDisk } from '../backups/disk.ts';
import { extractPoint } from '../backups/extract.ts';
import { fetchPoint } from '../backups/fetch.ts';
import { startRestored } from '../backups/start-restored.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { formatBytes } from '../kernel/units.ts';
import type { Finding } from '../verification/finding.ts';
import { includesLevel } from '../verification/level.ts';
import { MANIFEST_FILE } from '../verification/manifest.ts';
import { verifyRecoveryPoint } from '../verification/recovery-point.ts';
import type { DrillStep } from './definition.ts';
import {
  recordFindings,
  recordPoint,
  recordResource,
  recordResourceProcess,
  recordResourcesRemoved,
} from './drill-part.store.ts';
import { choosePoint, type SelectedPoint } from './point-choice.ts';
import { processIdentity } from './process-identity.ts';
import { type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { makeSandbox, openSandboxRoot, pathInside, removeSandbox, requireSpace, type Sandbox } from './sandbox.ts';

type StepOf<Name extends DrillStep['step']> = Extract<DrillStep, { step: Name }>;

/** Chooses the recovery point, makes sure that there is room for it, and makes the sandbox. Answers what it found. */
export async function provision(recovery: Recovery): Promise<string> {
  const { deps, runId, recorder, definition } = recovery;
  const point = await orAbsent(recovery, () => choosePoint(deps.db, definition.recoveryPoint));
  recovery.point = point;
  const warnings = await warningsAbout(recovery, point);
  await recorder.write((tx) => recordPoint(tx, runId, point, warnings));
  for (const warning of warnings) recorder.say(warning, 'warn');
  const root = await openSandboxRoot(deps.sandboxRoot);
  await requireSpace(root, spaceNeededBytes(point), formatBytes);
  await recorder.write((tx) =>
    recordResource(tx, { id: newId(), runId, hostId: deps.hostId, kind: 'sandbox', path: root }),
  );
  recovery.sandbox = await makeSandbox(root, { runId, hostId: deps.hostId, process: processIdentity() });
  return `recovery point of ${point.takenAt.toISOString()} (${formatBytes(point.sizeBytes)}) in ${point.repository}`;
}

/** The copy, the unpacked data, and a tenth of it for what the server writes while it recovers. */
function spaceNeededBytes(point: SelectedPoint): number {
  return point.sizeBytes + Math.ceil(point.unpackedBytes * 1.1);
}

async function warningsAbout(recovery: Recovery, point: SelectedPoint): Promise<string[]> {
  const { dataDirectory } = recovery.deps;
  if (dataDirectory === undefined) return [];
  // A point that is not there any more cannot be asked; the fetch will say so.
  const shared = await sharesDisk(point.directory, dataDirectory).catch(() => false);
  return shared ? ['The backup lies on the same disk as the data: what kills the disk takes both.'] : [];
}

/** Copies the recovery point as it lies there, damage included. */
export async function fetch(recovery: Recovery, signal: AbortSignal): Promise<string> {
  const { recorder } = recovery;
  const { point, sandbox } = provisioned(recovery);
  const files = await orAbsent(recovery, async () =>
    fetchPoint({
      pointDirectory: point.directory,
      target: await pathInside(sandbox, SANDBOX_PARTS.copy),
      onProgress: (done, total) => recorder.reportProgress(done, total),
      signal,
    }),
  );
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  recorder.reportProgress(sizeBytes, sizeBytes);
  recovery.manifestSha256 = files.find(({ path }) => path === MANIFEST_FILE)?.sha256;
  return `${files.length} files, ${formatBytes(sizeBytes)}`;
}

/**
 * Checks the copy. Anything but a sound verdict ends the drill here: nothing unverified is unpacked.
 * @throws AppError `unprocessable` `backup-not-sound`.
 */
export async function verify(recovery: Recovery, signal: AbortSignal, step: StepOf<'verify'>): Promise<string> {
  const { recorder, runId, deps } = recovery;
  const { sandbox } = provisioned(recovery);
  const copy = await pathInside(sandbox, SANDBOX_PARTS.copy);
  const result = await verifyRecoveryPoint(copy, {
    publicKeys: [deps.keyring.publicKey],
    level: step.level,
    signal,
    onProgress: ({ bytesRead, totalBytes }) => recorder.reportProgress(bytesRead, totalBytes),
  });
  recorder.reportProgress(result.bytesRead, result.bytesRead);
  const findings = result.verdict === 'sound' ? foreignPoint(recovery) : result.findings;
  await recorder.write((tx) => recordFindings(tx, runId, findings));
  for (const finding of findings) recorder.say(`${finding.kind}: ${finding.message}`, 'error');
  if (result.verdict !== 'sound' || findings.length > 0) {
    const verdict = result.verdict === 'sound' ? 'altered' : result.verdict;
    const reason = `the backup is ${verdict}: ${findings[0]?.message ?? 'nothing in it could be checked'}`;
    recovery.backup = { state: 'absent', reason: `not there in sound form: ${reason}` };
    throw new AppError('unprocessable', 'backup-not-sound', reason);
  }
  recovery.backup = { state: 'sound' };
  const { filesChecked, entriesChecked, level } = result;
  if (!includesLevel(level, step.level)) recorder.say(`checked at level ${level} only: no deeper one is known`, 'warn');
  return `sound at level ${level}: ${filesChecked} files, ${entriesChecked} entries`;
}

/** A whole, rightly signed recovery point of another day in the place of this one is not this one. */
function foreignPoint({ point, manifestSha256 }: Recovery): Finding[] {
  if (!point?.sha256 || point.sha256 === manifestSha256) return [];
  return [
    {
      kind: 'altered',
      file: MANIFEST_FILE,
      expected: point.sha256,
      ...(manifestSha256 === undefined ? {} : { actual: manifestSha256 }),
      message: `The manifest is whole and signed, but not the one on record for ${point.name}: the recovery point was exchanged.`,
    },
  ];
}

/** Unpacks the verified copy into what becomes the data directory. */
export async function extract(recovery: Recovery, signal: AbortSignal): Promise<string> {
  const { recorder, deps } = recovery;
  const { sandbox } = provisioned(recovery);
  const extracted = await extractPoint({
    pointDirectory: await pathInside(sandbox, SANDBOX_PARTS.copy),
    target: await pathInside(sandbox, SANDBOX_PARTS.data),
    publicKeys: [deps.keyring.publicKey],
    onProgress: (done, total) => recorder.reportProgress(done, total),
    signal,
  });
  recovery.record = extracted.record;
  return `${extracted.files} files unpacked`;
}

/** Starts the scratch server, which recovers to the named restore point. It is on record before it runs. */
export async function postgres(recovery: Recovery, signal: AbortSignal, step: StepOf<'postgres'>): Promise<string> {
  const { recorder, deps, runId, record } = recovery;
  const { sandbox } = provisioned(recovery);
  if (!record)
    throw new AppError('internal', 'nothing-extracted', 'A server was asked for before anything was unpacked');
  const dataDirectory = await pathInside(sandbox, SANDBOX_PARTS.data);
  const resource = { id: newId(), runId, hostId: deps.hostId, kind: 'postgres' as const, path: dataDirectory };
  await recorder.write((tx) => recordResource(tx, resource));
  const server = await startRestored({
    ...(await deps.scratchServer(record.serverMajor)),
    dataDirectory,
    record,
    runtimeDirectory: deps.runtimeDirectory,
    logDirectory: await pathInside(sandbox, SANDBOX_PARTS.log),
    startTimeoutSeconds: step.timeoutSeconds,
    signal,
    log: deps.log,
  });
  recovery.server = server;
  await recorder.write((tx) => recordResourceProcess(tx, resource.id, processIdentity(server.pid)));
  const { recoveryTarget } = record;
  return `recovered to ${recoveryTarget.kind === 'name' ? recoveryTarget.name : recoveryTarget.lsn}`;
}

/**
 * Removes everything that the run made, and makes sure of it.
 * @throws whatever kept it from being removed.
 */
export async function cleanUp(recovery: Recovery): Promise<string> {
  const { recorder, deps, runId, server, sandbox } = recovery;
  if (server) await server.stop('immediate');
  if (sandbox) await removeSandbox(await openSandboxRoot(deps.sandboxRoot), runId);
  await recorder.write((tx) => recordResourcesRemoved(tx, runId));
  return sandbox ? 'server stopped, sandbox removed' : 'nothing had been made';
}

/** The same for a run that is not ours any more: nothing is written, and what cannot be removed is left to the reaper. */
export async function removeUnrecorded({ deps, runId, server, sandbox }: Recovery): Promise<void> {
  try {
    if (server) await server.stop('immediate');
    if (sandbox) await removeSandbox(await openSandboxRoot(deps.sandboxRoot), runId);
  } catch (thrown) {
    deps.log.error({ err: thrown, runId }, 'a drill left something behind: the next start removes it');
  }
}

/** Work whose failure means that the backup is not there, whatever the reason. */
async function orAbsent<T>(recovery: Recovery, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const aboutSandbox =
      thrown instanceof AppError && ['disk-full', 'outside-sandbox', 'run-lost'].includes(thrown.code);
    if (!recovery.signal.aborted && !aboutSandbox) {
      recovery.backup = { state: 'absent', reason: `the backup is not there: ${messageOf(thrown)}` };
    }
    throw thrown;
  }
}

function provisioned(recovery: Recovery): { readonly point: SelectedPoint; readonly sandbox: Sandbox } {
  const { point, sandbox } = recovery;
  if (!point || !sandbox) throw new AppError('internal', 'not-provisioned', 'A step ran before its sandbox was made');
  return { point, sandbox };
}
