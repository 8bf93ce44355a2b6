import type { PointRecord } from '../backups/point-record.ts';
import type { UnpackedArchive } from '../backups/verify.worker.ts';
import type { RunningCluster } from '../database/server/cluster.ts';
import type { BackupFacts } from './availability.ts';
import type { DrillDefinition } from './definition.ts';
import type { RunnerDeps } from './drill-deps.ts';
import type { Lost } from './lost.ts';
import type { SelectedPoint } from './point-choice.ts';
import type { RunRecorder } from './recorder.ts';
import type { ValidationStatus } from './run.ts';
import type { Sandbox } from './sandbox.ts';

/** How far a run got with the spares and seats that it needs; what it holds is on record. */
export type AskedResources = 'undeclared' | 'unknown' | 'asked' | { readonly refused: string };

/** A recovery under way: what the steps of one run find, make and leave to the next step. */
export interface Recovery {
  readonly deps: RunnerDeps;
  readonly runId: string;
  readonly definition: DrillDefinition;
  readonly recorder: RunRecorder;
  /** Aborted when the run must stop. */
  readonly signal: AbortSignal;
  selected?: SelectedPoint;
  sandbox?: Sandbox;
  /** Of the manifest as it was fetched. */
  manifestSha256?: string | undefined;
  /** What was unpacked on the way of a verification that found the point sound. */
  unpacked?: readonly UnpackedArchive[];
  record?: PointRecord;
  server?: RunningCluster;
  /** What the scenario takes away. */
  lost: Lost;
  backup: BackupFacts;
  resources: AskedResources;
  validation: ValidationStatus;
  validationReason: string | null;
  /** From the trigger to validated. */
  technicalRtaSeconds: number | null;
}

/** Directories of a sandbox. */
export const SANDBOX_PARTS = { copy: 'point', unpacked: 'unpacked', data: 'data', log: 'log' } as const;
