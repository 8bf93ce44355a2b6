import type { PointVerdict } from '../backups/catalogue.store.ts';
import type { CopiedPoint } from '../backups/external/copy-point.ts';
import type { PointRecord } from '../backups/point-record.ts';
import type { TableFingerprint } from '../backups/table-fingerprint.ts';
import type { UnpackedArchive } from '../backups/verify.worker.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import type { RunningCluster } from '../database/server/cluster.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Finding } from '../verification/finding.ts';
import type { LoadedThread } from '../verification/reading-thread.ts';
import type { BackupFacts } from './availability.ts';
import type { DrillDefinition } from './definition.ts';
import type { RunnerDeps } from './drill-deps.ts';
import type { Lost } from './lost.ts';
import type { SelectedPoint } from './point-choice.ts';
import type { RunRecorder } from './recorder.ts';
import type { RestoredFiles } from './restored-files.ts';
import type { RunMode, ValidationStatus } from './run.ts';
import type { Sandbox } from './sandbox.ts';
import type { StartedService } from './started-service.ts';

/** How far a run got with the spares and seats that it needs; what it holds is on record. */
export type AskedResources = 'undeclared' | 'unknown' | 'asked' | { readonly refused: string };

/** A recovery under way: what the steps of one run find, make and leave to the next step. */
export interface Recovery {
  readonly deps: RunnerDeps;
  readonly runId: string;
  readonly definition: DrillDefinition;
  readonly mode: RunMode;
  readonly recorder: RunRecorder;
  /** Aborted when the run must stop. */
  readonly signal: AbortSignal;
  selected?: SelectedPoint;
  /** Will verify the copy of a watched point; it loads while the copy is made. */
  loadedThread?: LoadedThread | undefined;
  sandbox?: Sandbox;
  /** Of a watched point: how it was copied. */
  copied?: CopiedPoint;
  /** Of the manifest as it was fetched. */
  manifestSha256?: string | undefined;
  /** What was unpacked on the way of a verification that found the point sound. */
  unpacked?: readonly UnpackedArchive[];
  /** What the catalogue is told of the point once it was restored; the level is filled in then. */
  proven?: PointVerdict;
  /** Of a point of several files: their digests, where none is on record. */
  fileDigests?: ReadonlyMap<string, string>;
  /** What the verification found, where damage is expected. */
  damage?: readonly Finding[];
  record?: PointRecord;
  /** What was unpacked, of anything but a base backup or dump that Muster took. */
  files?: RestoredFiles;
  server?: RunningCluster;
  /** What serve steps have started. */
  readonly services: StartedService[];
  /** What the scenario takes away. */
  lost: Lost;
  /** What the tables held whose rows it has taken away. */
  lostTables?: readonly TableFingerprint[];
  /** The restored database on the scratch server. */
  database?: ConnectionSettings;
  /** The restored SQLite database, which was found whole. */
  sqlitePath?: string;
  backup: BackupFacts;
  resources: AskedResources;
  validation: ValidationStatus;
  validationReason: string | null;
  /** From the trigger until a person took the alarm, and from then until it was decided what to do; null: nobody was asked. */
  respondSeconds: number | null;
  planSeconds: number | null;
  /** From the trigger to validated. */
  technicalRtaSeconds: number | null;
}

/** Directories of a sandbox. */
export const SANDBOX_PARTS = {
  copy: 'point',
  unpacked: 'unpacked',
  data: 'data',
  /** The data directory of a server that a dump is loaded into. */
  cluster: 'cluster',
  log: 'log',
} as const;

/** What provisioning has made: every step needs it. */
export function provisioned(recovery: Recovery): { readonly selected: SelectedPoint; readonly sandbox: Sandbox } {
  const { selected, sandbox } = recovery;
  if (!selected || !sandbox)
    throw new AppError('internal', 'not-provisioned', 'A step ran before its sandbox was made');
  return { selected, sandbox };
}

/** Work whose failure means that the backup is not there, whatever the reason. */
export async function orAbsent<T>(recovery: Recovery, work: () => Promise<T>): Promise<T> {
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
