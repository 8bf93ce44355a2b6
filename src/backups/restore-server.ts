import type { PostgresBinaries } from '../database/server/binaries.ts';
import type { RunAs } from '../database/server/run-as.ts';
import type { Logger } from '../kernel/log.ts';

/** What is needed to run a second server beside the live one. */
export interface RestoreServer {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** Below this the socket's private directory is made. */
  readonly runtimeDirectory: string;
  readonly logDirectory: string;
  /** Recovery included. */
  readonly startTimeoutSeconds: number;
  readonly log: Logger;
  /** Runs the server, and pg_restore, apart from everything else: a backup is code that runs with the server's rights. */
  readonly isIsolated?: boolean;
  /** Where PostgreSQL's client programs are looked for besides the usual places; only dumps need them. */
  readonly binDirectories?: readonly string[] | undefined;
}
