import type { Temporal } from 'temporal-polyfill';
import type { Finding, Verdict } from '../../verification/finding.ts';

/** A stretch of the log that nobody can bring back. */
export interface LogGap {
  readonly timeline: number;
  /** As PostgreSQL prints positions. What is before it is archived. */
  readonly fromLsn: string;
  /** From here on it is archived again. */
  readonly untilLsn: string;
}

/** How the archive of a set's log stands. */
export interface LogArchive {
  readonly setId: string;
  /** `archiving`: some process streams at this moment. `stopped`: none does. */
  readonly state: 'archiving' | 'stopped';
  /** Of the cluster whose log it is; undefined until something was archived. */
  readonly systemIdentifier: string | undefined;
  readonly repositoryId: string | undefined;
  readonly begunAt: Temporal.Instant | undefined;
  /** What the server has written and the slot still keeps for the archive; undefined where there is no slot. */
  readonly behindBytes: number | undefined;
  /** The server's, now. */
  readonly timeline: number | undefined;
  /** The slot keeps the log from here on: what is before it is in the repository. */
  readonly archivedLsn: string | undefined;
  /** The newest gap. A backup that began after it does not need what is lost. */
  readonly gap: (LogGap & { readonly at: Temporal.Instant }) | undefined;
  /** Why nothing can be archived, since when. */
  readonly failure: { readonly code: string; readonly message: string; readonly since: Temporal.Instant } | undefined;
  readonly check: LogArchiveCheck | undefined;
}

/** What the last check of an archive found. */
export interface LogArchiveCheck {
  readonly at: Temporal.Instant;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly segmentsChecked: number;
  /** Stored bytes. */
  readonly bytesRead: number;
}
