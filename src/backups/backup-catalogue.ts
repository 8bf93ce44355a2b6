import type { Temporal } from 'temporal-polyfill';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { Level } from '../verification/level.ts';
import type { CaptureDefinition } from './capture/captured-set.ts';
import type { CaptureNote } from './capture/tree/tree-notes.ts';
import type { ExternalDefinition } from './external/external-set.ts';
import type { RemotePlace } from './remote/remote-place.ts';
import type { RetentionPolicy } from './retention/retention-policy.ts';

/** Where recovery points lie: a directory, or something like it on another machine. */
export interface Repository {
  readonly id: string;
  readonly name: string;
  readonly kind: 'local' | RemotePlace['kind'];
  /** Absolute path, as the workers of `workerTag` see it; of what is on another machine, its place for people. */
  readonly root: string;
  /** Where it is, of what is on another machine. */
  readonly place: RemotePlace | undefined;
  readonly writable: boolean;
  readonly workerTag: string;
  /**
   * How it is told from another directory in its place: by a file that Muster put there, by its file system, or, on another
   * machine, by who answers there and where it lies.
   */
  readonly identityKind: 'sentinel' | 'filesystem' | 'place';
  /** What the sentinel file in its root says, or what else tells it from others; undefined until it was found. */
  readonly identity: string | undefined;
  /** Where it stands, in the tree of locations. */
  readonly locationId: string | undefined;
  /** So many checks read it at the same time. */
  readonly readersMax: number;
  /** All its readers together read no faster, and no upload is faster; undefined: as fast as they can. */
  readonly bytesPerSecondMax: number | undefined;
  /** When discovery or a connection test last found it there. */
  readonly seenAt: Temporal.Instant | undefined;
  /** What its last connection test came to; undefined: none was made. */
  readonly tested: ConnectionTested | undefined;
  /** Since when it was not there, and why. */
  readonly unavailable: { readonly since: Temporal.Instant; readonly reason: string } | undefined;
  readonly retired: Retirement | undefined;
  readonly version: number;
}

/** One connection test. */
interface ConnectionTested {
  readonly at: Temporal.Instant;
  /** Undefined when everything was as it must be. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** Taken out of use for good; it stays readable. */
export interface Retirement {
  readonly at: Temporal.Instant;
  readonly reason: string;
}

/** What is backed up, where to, and how much of it is kept. */
export interface BackupSet {
  readonly id: string;
  readonly name: string;
  readonly repositoryId: string;
  /**
   * `postgresql`: Muster takes it, of its own database. `external`: another tool does, and Muster watches. `capture`: Muster
   * takes it from a source, and watches it in the same way.
   */
  readonly kind: 'postgresql' | 'external' | 'capture';
  /** Carried out on what Muster takes itself, and advice on all else. */
  readonly retention: RetentionPolicy;
  /** Without a sound point younger than this, the set is stale; undefined: only its schedule says so. */
  readonly staleAfterSeconds: number | undefined;
  /** `schema.table` of tables that are not compared after a restore. */
  readonly excludedTables: readonly string[];
  /** How its backups are found and watched; undefined for the backups of Muster's own database. */
  readonly external: ExternalDefinition | undefined;
  /** What Muster takes them of; undefined when another tool makes them, and for Muster's own database. */
  readonly capture: CaptureDefinition | undefined;
  readonly retired: Retirement | undefined;
  readonly version: number;
}

/** A set whose backups are found by a pattern, and watched. */
export type ExternalSet = BackupSet & { readonly external: ExternalDefinition };

/**
 * `missing`: it should be there, and is not. `deleting`: retention has decided, its files may still be there.
 * `deleted`: retention has removed it.
 */
export type PointState = 'present' | 'missing' | 'deleting' | 'deleted';

/** How a point was made; `external`: by another tool. `unknown`: it says so itself no more. */
export const POINT_METHODS = [
  'base-backup',
  'pg-dump',
  'directory',
  'sqlite',
  'command',
  'external',
  'unknown',
] as const;

export type PointMethod = (typeof POINT_METHODS)[number];

/** One backup of a set at one time. */
export interface RecoveryPoint {
  readonly id: string;
  readonly setId: string;
  readonly repositoryId: string;
  /**
   * Name of its directory, below the set's in the repository. Of a watched point: the path, from the repository's root, of
   * its file or directory; of several files the pattern with its time filled in.
   */
  readonly name: string;
  readonly method: PointMethod;
  /** Muster took it itself. Retention touches no other. */
  readonly own: boolean;
  /** The instant the data is from. */
  readonly takenAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant;
  readonly sizeBytes: number;
  /**
   * SHA-256 of its manifest; undefined when that could not be read. Of an external point: of its file, or of the list of its
   * files; undefined until it was read in full or somebody recorded it.
   */
  readonly digest: string | undefined;
  /** Who says so, of an external point. */
  readonly digestOrigin: 'manifest' | 'api' | 'first-read' | undefined;
  /** Of an external point: its files, and a hash over their paths, sizes and times of change; undefined before it was seen. */
  readonly fileCount: number | undefined;
  readonly marks: Buffer | undefined;
  /** What the last check took it for. */
  readonly format: string | undefined;
  /** What the last full check counted in it: entries of archives, tables of dumps, files of directories. */
  readonly entries: number | undefined;
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
  /** What befell parts of the source meanwhile. */
  readonly notes: readonly CaptureNote[];
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
  /** Ordered by somebody; a new or changed point; its turn to be read again. */
  readonly reason: 'order' | 'arrival' | 'full-read';
  readonly level: Level | undefined;
  readonly verdict: Verdict | undefined;
  readonly format: string | undefined;
  readonly findings: readonly Finding[];
  readonly filesChecked: number | undefined;
  readonly entriesChecked: number | undefined;
  readonly bytesRead: number | undefined;
  readonly decodedBytes: number | undefined;
  readonly progress: RunProgress | undefined;
  readonly selfTest: SelfTest | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly startedAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | undefined;
}
