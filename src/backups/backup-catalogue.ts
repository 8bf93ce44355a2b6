import type { Temporal } from 'temporal-polyfill';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { Level } from '../verification/level.ts';

/** A directory that holds recovery points. */
export interface Repository {
  readonly id: string;
  readonly name: string;
  readonly kind: 'local';
  /** Absolute path, as the workers of `workerTag` see it. */
  readonly root: string;
  readonly writable: boolean;
  readonly workerTag: string;
  /** What the sentinel file in its root says. */
  readonly identity: string;
  readonly version: number;
}

/** What is backed up, where to, and how much of it is kept. */
export interface BackupSet {
  readonly id: string;
  readonly name: string;
  readonly repositoryId: string;
  readonly kind: 'postgresql';
  readonly keepPoints: number;
  /** Without a sound point younger than this, the set is stale. */
  readonly staleAfterSeconds: number;
  /** `schema.table` of tables that are not compared after a restore. */
  readonly excludedTables: readonly string[];
  readonly version: number;
}

/**
 * `missing`: it should be there, and is not. `deleting`: retention has decided, its files may still be there.
 * `deleted`: retention has removed it.
 */
export type PointState = 'present' | 'missing' | 'deleting' | 'deleted';

/** One backup of a set at one time. */
export interface RecoveryPoint {
  readonly id: string;
  readonly setId: string;
  readonly repositoryId: string;
  /** Name of its directory, below the set's in the repository. */
  readonly name: string;
  readonly method: 'base-backup' | 'pg-dump' | 'unknown';
  /** Muster took it itself. Retention touches no other. */
  readonly own: boolean;
  /** The instant the data is from. */
  readonly takenAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant;
  readonly sizeBytes: number;
  /** SHA-256 of its manifest; undefined when that could not be read. */
  readonly digest: string | undefined;
  readonly serverMajor: number | undefined;
  /** Undefined: never checked. */
  readonly verdict: Verdict | undefined;
  readonly verdictAt: Temporal.Instant | undefined;
  readonly verifiedLevel: Level | undefined;
  /** When every byte of it was last read. */
  readonly readInFullAt: Temporal.Instant | undefined;
  readonly state: PointState;
  readonly stateSince: Temporal.Instant;
  readonly version: number;
}

/** How far a running capture or check is. */
export interface RunProgress {
  readonly unit: 'bytes' | 'tables';
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

/** One try to take a recovery point. */
export interface CaptureRun {
  readonly id: string;
  readonly setId: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly state: 'running' | 'done' | 'failed';
  readonly step: string | undefined;
  readonly progress: RunProgress | undefined;
  readonly pointId: string | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly startedAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | undefined;
}

/** One byte that was changed in a copy, and what the check said of it. */
export interface SelfTest {
  /** The changed file of the copy. */
  readonly file: string;
  readonly offset: number;
  /** The first finding about that file; its range holds the offset. */
  readonly finding: Finding;
  /** One sentence for people. */
  readonly summary: string;
}

/** One verification of one recovery point. */
export interface CheckRun {
  readonly id: string;
  readonly pointId: string;
  readonly jobId: string;
  readonly attempt: number;
  /** `failed`: the check itself could not be carried out; it says nothing about the point. */
  readonly state: 'running' | 'done' | 'failed';
  readonly level: Level | undefined;
  readonly verdict: Verdict | undefined;
  readonly findings: readonly Finding[];
  readonly filesChecked: number | undefined;
  readonly entriesChecked: number | undefined;
  readonly bytesRead: number | undefined;
  readonly progress: RunProgress | undefined;
  readonly selfTest: SelfTest | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly startedAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | undefined;
}
