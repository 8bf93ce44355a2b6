import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordVerdict } from '../backups/catalogue.store.ts';
import { adoptUnpacked, extractPoint } from '../backups/extract.ts';
import { type FetchedFile, fetchPoint } from '../backups/fetch.ts';
import { requireAvailable } from '../backups/repository.identity.ts';
import { serverMajorFor, startRestored } from '../backups/start-restored.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { formatBytes } from '../kernel/units.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import { includesLevel, type Level } from '../verification/level.ts';
import type { StepOf } from './definition-steps.ts';
import { recordFindings, recordResource, recordResourceProcess, recordResourcesRemoved } from './drill-part.store.ts';
import { settleHoldings } from './holding.service.ts';
import type { SelectedPoint } from './point-choice.ts';
import { processIdentity } from './process-identity.ts';
import { type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { makeSandbox, openSandboxRoot, pathInside, removeSandbox, requireSpace, type Sandbox } from './sandbox.ts';
import { orAbsent, selectPoint } from './select-point.step.ts';

/** Chooses the recovery point, makes sure that there is room for it, and makes the sandbox. Answers what it found. */
export async function provision(recovery: Recovery): Promise<string> {
  const { deps, runId, recorder } = recovery;
  deps.verifier.start();
  const selected = await selectPoint(recovery);
  const { point } = selected;
  const root = await openSandboxRoot(deps.sandboxRoot);
  await requireSpace(root, spaceNeededBytes(selected), formatBytes);
  await recorder.write((tx) =>
    recordResource(tx, { id: newId(), runId, hostId: deps.hostId, kind: 'sandbox', path: root }),
  );
  recovery.sandbox = await makeSandbox(root, { runId, hostId: deps.hostId, process: processIdentity() });
  return `recovery point ${point.name} of ${point.takenAt.toString()} (${formatBytes(point.sizeBytes)})`;
}

/** The copy, the unpacked data, and a tenth of it for what the server writes while it recovers. */
function spaceNeededBytes({ point, unpackedBytes }: SelectedPoint): number {
  return point.sizeBytes + Math.ceil(unpackedBytes * 1.1);
}

/** Copies the recovery point as it lies there, damage included: judging it is for the verification. */
export async function fetch(recovery: Recovery, signal: AbortSignal): Promise<string> {
  const { recorder } = recovery;
  const { selected, sandbox } = provisioned(recovery);
  const target = await pathInside(sandbox, SANDBOX_PARTS.copy);
  const files = await orAbsent(recovery, () => fetchWhatIsThere(recovery, selected, target, signal));
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  recorder.reportProgress(sizeBytes, sizeBytes);
  if (files.some(({ path }) => path === MANIFEST_FILE))
    recovery.manifestSha256 = await digestOf(join(target, MANIFEST_FILE));
  return `${files.length} files, ${formatBytes(sizeBytes)}`;
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function fetchWhatIsThere(
  { recorder }: Recovery,
  { directory }: SelectedPoint,
  target: string,
  signal: AbortSignal,
): Promise<FetchedFile[]> {
  try {
    return await fetchPoint({
      pointDirectory: directory,
      target,
      onProgress: (done, total) => recorder.reportProgress(done, total),
      signal,
    });
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'point-missing')) throw thrown;
    recorder.say(thrown.message, 'error');
    await mkdir(target, { recursive: true, mode: 0o700 });
    return [];
  }
}

/**
 * Checks the copy, and unpacks it aside on the way when it is to be unpacked at all. Anything but a sound verdict ends the drill
 * here, and is noted in the catalogue: nothing unverified is used.
 * @throws AppError `unprocessable` `backup-not-sound`; `unavailable` `repository-unavailable` when the disk went away
 * meanwhile, which says nothing about the backup.
 */
export async function verify(recovery: Recovery, signal: AbortSignal, step: StepOf<'verify'>): Promise<string> {
  const { recorder, deps } = recovery;
  const { sandbox } = provisioned(recovery);
  const { check: result, unpacked } = await deps.verifier.verify(
    {
      pointDirectory: await pathInside(sandbox, SANDBOX_PARTS.copy),
      publicKeys: [deps.keyring.publicKey],
      level: step.level,
      unpackInto: await unpackInto(recovery),
    },
    { signal, onProgress: (done, total) => recorder.reportProgress(done, total) },
  );
  recorder.reportProgress(result.bytesRead, result.bytesRead);
  const findings = result.verdict === 'sound' ? foreignPoint(recovery) : result.findings;
  const verdict = result.verdict === 'sound' && findings.length > 0 ? 'altered' : result.verdict;
  if (verdict !== 'sound') throw await notSound(recovery, verdict, result.level, findings);
  recovery.backup = { state: 'sound' };
  if (unpacked.length > 0) recovery.unpacked = unpacked;
  const { filesChecked, entriesChecked, level } = result;
  if (!includesLevel(level, step.level)) recorder.say(`checked at level ${level} only: no deeper one is known`, 'warn');
  return `sound at level ${level}: ${filesChecked} files, ${entriesChecked} entries`;
}

async function unpackInto({ definition, sandbox }: Recovery): Promise<string | undefined> {
  if (!sandbox || !definition.steps.some(({ step }) => step === 'extract')) return undefined;
  return pathInside(sandbox, SANDBOX_PARTS.unpacked);
}

/** Root findings that a run keeps; what follows from each lies beneath it and is bounded by the verification. */
const FINDINGS_MAX = 100;

async function notSound(
  recovery: Recovery,
  verdict: Verdict,
  level: Level,
  found: readonly Finding[],
): Promise<AppError> {
  const findings = found.slice(0, FINDINGS_MAX);
  const { recorder, runId } = recovery;
  const { selected } = provisioned(recovery);
  await orAbsent(recovery, () => requireAvailable(selected.repository));
  const wasReadInFull = includesLevel(level, 'digest');
  await recorder.write(async (tx) => {
    await recordFindings(tx, runId, findings);
    await recordVerdict(tx, selected.point.id, { verdict, level, wasReadInFull, digest: undefined });
  });
  for (const finding of findings) recorder.say(`${finding.kind}: ${finding.message}`, 'error');
  if (found.length > FINDINGS_MAX) recorder.say(`and ${found.length - FINDINGS_MAX} more findings`, 'error');
  const reason = `the backup is ${verdict}: ${findings[0]?.message ?? 'nothing in it could be checked'}`;
  recovery.backup = { state: 'absent', reason: `not there in sound form: ${reason}` };
  return new AppError('unprocessable', 'backup-not-sound', reason);
}

/** A whole, rightly signed recovery point of another day in the place of this one is not this one. */
function foreignPoint(recovery: Recovery): Finding[] {
  const { digest, name } = provisioned(recovery).selected.point;
  const { manifestSha256 } = recovery;
  if (digest === undefined || digest === manifestSha256) return [];
  return [
    {
      kind: 'altered',
      file: MANIFEST_FILE,
      expected: digest,
      ...(manifestSha256 === undefined ? {} : { actual: manifestSha256 }),
      message: `The manifest is whole and signed, but not the one on record for ${name}: the recovery point was exchanged.`,
    },
  ];
}

/** Takes what was unpacked during the verification as the data directory, or unpacks the verified copy now. */
export async function extract(recovery: Recovery, signal: AbortSignal): Promise<string> {
  const { recorder, deps, unpacked } = recovery;
  const { sandbox } = provisioned(recovery);
  const point = {
    pointDirectory: await pathInside(sandbox, SANDBOX_PARTS.copy),
    target: await pathInside(sandbox, SANDBOX_PARTS.data),
    publicKeys: [deps.keyring.publicKey],
  };
  if (unpacked) {
    const unpackedInto = await pathInside(sandbox, SANDBOX_PARTS.unpacked);
    const adopted = await adoptUnpacked({ ...point, unpackedInto, unpacked });
    recovery.record = adopted.record;
    return `${adopted.files} files unpacked during the verification`;
  }
  const onProgress = (done: number, total: number) => recorder.reportProgress(done, total);
  const extracted = await extractPoint({ ...point, onProgress, signal });
  recovery.record = extracted.record;
  return `${extracted.files} files unpacked`;
}

/** Starts the scratch server, which recovers to the marked moment, or takes the dump in. It is on record before it runs. */
export async function postgres(recovery: Recovery, signal: AbortSignal, step: StepOf<'postgres'>): Promise<string> {
  const { recorder, deps, runId, record } = recovery;
  const { sandbox } = provisioned(recovery);
  if (!record)
    throw new AppError('internal', 'nothing-extracted', 'A server was asked for before anything was unpacked');
  const dataDirectory = await pathInside(sandbox, SANDBOX_PARTS.data);
  const resource = { id: newId(), runId, hostId: deps.hostId, kind: 'postgres' as const, path: dataDirectory };
  await recorder.write((tx) => recordResource(tx, resource));
  const server = await startRestored({
    ...(await deps.scratchServer(serverMajorFor(record), record.method === 'pg-dump')),
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
  if (record.method === 'pg-dump') return `restored the dump by pg_dump ${record.dumpVersion}`;
  const { recoveryTarget } = record;
  return `recovered to ${recoveryTarget.kind === 'name' ? recoveryTarget.name : recoveryTarget.lsn}`;
}

/** Notes in the catalogue that the point was not only read but restored. */
export async function noteRestored(recovery: Recovery): Promise<void> {
  const { point } = provisioned(recovery).selected;
  const found = { verdict: 'sound', level: 'restore', wasReadInFull: true, digest: recovery.manifestSha256 } as const;
  await recovery.recorder.write((tx) => recordVerdict(tx, point.id, found));
}

/**
 * Removes everything that the run made, and makes sure of it.
 * @throws whatever kept it from being removed.
 */
export async function cleanUp(recovery: Recovery): Promise<string> {
  const { recorder, deps, runId, server, sandbox, definition } = recovery;
  await recorder.write((tx) => settleHoldings(tx, runId, definition.name));
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

function provisioned(recovery: Recovery): { readonly selected: SelectedPoint; readonly sandbox: Sandbox } {
  const { selected, sandbox } = recovery;
  if (!selected || !sandbox)
    throw new AppError('internal', 'not-provisioned', 'A step ran before its sandbox was made');
  return { selected, sandbox };
}
