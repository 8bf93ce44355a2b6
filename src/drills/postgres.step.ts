import { dirname } from 'node:path';
import { dumpFormOf } from '../backups/load-dump/dump-form.ts';
import { loadDump, SCRATCH_SUPERUSER, startScratchServer } from '../backups/load-dump/load-dump.ts';
import { layOutHistories, layOutLog, noArchivedLog } from '../backups/log-archive/lay-out-log.ts';
import type { BaseBackupRecord } from '../backups/point-record.ts';
import { isRemote } from '../backups/remote/open-store.ts';
import { type RecoveryGoal, serverMajorFor, startRestored } from '../backups/start-restored.ts';
import type { RunningCluster } from '../database/server/cluster.ts';
import { requireIsolatedPrograms } from '../database/server/isolated-program.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { StepOf } from './definition-steps.ts';
import type { ScratchServer } from './drill-deps.ts';
import { recordResource, recordResourceProcess } from './drill-part.store.ts';
import { isWatched } from './point-choice.ts';
import { processIdentity } from './process-identity.ts';
import { provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { restoredPath } from './restored-path.ts';
import { pathInside } from './sandbox.ts';
import { warnOfNoIsolation } from './script/no-isolation.ts';

type PostgresStep = StepOf<'postgres'>;

/** The oldest server that a dump is loaded into when it does not say from which one it is. */
const OLDEST_MAJOR = 15;

/**
 * Starts the scratch server: on a base backup that Muster took, which recovers, or on a new cluster, into which a dump is loaded.
 * It is on record before it runs.
 * @throws AppError as `startRestored`, `startScratchServer` and `loadDump`.
 */
export async function postgres(recovery: Recovery, signal: AbortSignal, step: PostgresStep): Promise<string> {
  if (recovery.record !== undefined) return startOnPoint(recovery, signal, step);
  if (recovery.files !== undefined) return startOnDump(recovery, signal, step);
  throw new AppError('internal', 'nothing-extracted', 'A server was asked for before anything was unpacked');
}

async function startOnPoint(recovery: Recovery, signal: AbortSignal, step: PostgresStep): Promise<string> {
  const { deps, record } = recovery;
  const { sandbox } = provisioned(recovery);
  if (!record) throw new AppError('internal', 'nothing-extracted', 'There is no record of what was unpacked');
  const dataDirectory = await pathInside(sandbox, SANDBOX_PARTS.data);
  const isDump = record.method === 'pg-dump';
  const goal = isDump ? undefined : await bringLog(recovery, record, dataDirectory, step, signal);
  const programs = await deps.scratchServer(serverMajorFor(record), isDump);
  const server = await onRecord(recovery, dataDirectory, async () =>
    startRestored({ ...(await serverOptions(recovery, programs, step)), dataDirectory, record, goal, signal }),
  );
  recovery.database = server.connection(record.database, record.superuser);
  if (isDump) return `restored the dump by pg_dump ${record.dumpVersion}`;
  if (goal !== undefined)
    return goal.kind === 'end' ? 'recovered to the end of the archived log' : `recovered to ${goal.at}`;
  const { recoveryTarget } = record;
  return `recovered to ${recoveryTarget.kind === 'name' ? recoveryTarget.name : recoveryTarget.lsn}`;
}

/** Beyond the point's own moment recovery needs the log that is archived beside it. */
async function bringLog(
  recovery: Recovery,
  record: BaseBackupRecord,
  dataDirectory: string,
  { recoverTo }: PostgresStep,
  signal: AbortSignal,
): Promise<RecoveryGoal | undefined> {
  if (recoverTo === 'restorePoint') return undefined;
  const { recorder } = recovery;
  const { repository, directory, point } = provisioned(recovery).selected;
  if (isRemote(repository)) {
    const message = `Recovery beyond the recovery point needs the archived log beside it, and ${repository.name} is on another machine`;
    throw new AppError('unprocessable', 'no-archived-log', message);
  }
  if (recoverTo !== 'latest' && Date.parse(recoverTo.time) < point.takenAt.epochMilliseconds) {
    const message = `${recoverTo.time} lies before the data of the recovery point (${point.takenAt}): choose an older one with select: at`;
    throw new AppError('unprocessable', 'no-point-before', message);
  }
  const setDirectory = dirname(directory);
  await layOutHistories(setDirectory, record, dataDirectory);
  const onProgress = (done: number, total: number) => recorder.reportProgress(done, total);
  const { segments, cutShort } = await layOutLog({ setDirectory, record, dataDirectory, signal, onProgress });
  if (segments === 0) throw noArchivedLog(directory, cutShort);
  if (cutShort !== undefined) recorder.say(`nothing behind it can be brought back: ${cutShort}`, 'warn');
  recorder.say(`${segments} segments of archived log were laid out`);
  return recoverTo === 'latest' ? { kind: 'end' } : { kind: 'time', at: recoverTo.time };
}

async function startOnDump(recovery: Recovery, signal: AbortSignal, step: PostgresStep): Promise<string> {
  const { deps, recorder } = recovery;
  const { sandbox } = provisioned(recovery);
  if (step.recoverTo !== 'restorePoint') {
    const message = 'A dump holds one moment: recoverTo is for base backups that Muster took';
    throw new AppError('unprocessable', 'no-recovery-of-dumps', message);
  }
  const path = await restoredPath(recovery, sandbox, step.file);
  const form = await dumpFormOf(path);
  const programs = await deps.scratchServer(Math.max(form.serverMajor ?? 0, OLDEST_MAJOR), true);
  const { database } = step;
  const dataDirectory = await pathInside(sandbox, SANDBOX_PARTS.cluster);
  const server = await onRecord(recovery, dataDirectory, async () =>
    startScratchServer({ ...(await serverOptions(recovery, programs, step)), dataDirectory, database, signal }),
  );
  const { binDirectories, binaries } = programs;
  const dump = { path, form, server, database, binDirectories, serverVersion: binaries.version };
  const loaded = await loadDump(dump, { signal, say: (line) => recorder.say(line) });
  recovery.database = server.connection(loaded.database, SCRATCH_SUPERUSER);
  return loaded.what;
}

/** @throws AppError `unavailable` `no-isolation`. */
async function serverOptions(recovery: Recovery, programs: ScratchServer, step: PostgresStep) {
  const { runtimeDirectory, log } = recovery.deps;
  const isIsolated = await decideIsolation(recovery, step);
  const logDirectory = await pathInside(provisioned(recovery).sandbox, SANDBOX_PARTS.log);
  return { ...programs, runtimeDirectory, logDirectory, startTimeoutSeconds: step.timeoutSeconds, log, isIsolated };
}

/**
 * A backup is code: whatever its server runs has the rights of that server. Muster's own data alone is trusted so far that it
 * comes back without isolation where this machine has none, unless the definition demands it.
 */
async function decideIsolation(recovery: Recovery, { isolation }: PostgresStep): Promise<boolean> {
  if (isolation !== 'none') {
    try {
      await requireIsolatedPrograms();
      return true;
    } catch (thrown) {
      if (isolation !== undefined || isWatched(provisioned(recovery).selected)) throw thrown;
    }
  }
  await warnOfNoIsolation(recovery, 'The scratch server');
  return false;
}

/** Whoever cleans up after a crash knows where to look: the server is on record before it is there. */
async function onRecord(
  recovery: Recovery,
  dataDirectory: string,
  start: () => Promise<RunningCluster>,
): Promise<RunningCluster> {
  const { recorder, deps, runId } = recovery;
  const resource = { id: newId(), runId, hostId: deps.hostId, kind: 'postgres' as const, path: dataDirectory };
  await recorder.write((tx) => recordResource(tx, resource));
  const server = await start();
  recovery.server = server;
  await recorder.write((tx) => recordResourceProcess(tx, resource.id, processIdentity(server.pid)));
  return server;
}
