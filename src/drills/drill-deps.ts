import type { RemoteMeans } from '../backups/remote/open-store.ts';
import type { VerifyThread } from '../backups/verify-thread.ts';
import type { Database } from '../database/database.ts';
import type { PostgresBinaries } from '../database/server/binaries.ts';
import type { RunAs } from '../database/server/run-as.ts';
import type { Egress } from '../egress/egress.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { DrillCatalogue } from './catalogue.ts';
import type { Phase } from './phase.ts';

/** What it takes to write down how a run ended: a drill's worker has it, and so has whoever finds an interrupted run. */
export interface ConclusionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Signs the evidence. */
  readonly keyring: Keyring;
  /** Muster's own version, for the report. */
  readonly version: string;
}

/** What a host needs to make sandboxes, and to clear them away. */
export interface HostDeps {
  /** Names this machine (or container) for good: sandboxes of other hosts are never touched. */
  readonly hostId: string;
  /** Belongs to drills alone; made when it is not there. */
  readonly sandboxRoot: string;
  /** Below this the scratch server's socket lies. */
  readonly runtimeDirectory: string;
}

/** How the scratch server is run. */
export interface ScratchServer {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** Where PostgreSQL's client programs are looked for besides the usual places; only dumps need them. */
  readonly binDirectories?: readonly string[] | undefined;
  /** Where new clusters are kept, to be copied for the next dump. */
  readonly clusterTemplates?: string | undefined;
}

/** Where the exported key and what opens it lie, as a recovery on another machine would have them. */
export interface ExportedKey {
  readonly exportFile: string;
  readonly identityFile: string;
}

/** How long a silent worker keeps its run, and how often a live one speaks. */
export interface LeaseTimes {
  readonly leaseSeconds: number;
  readonly heartbeatSeconds: number;
}

export const DEFAULT_LEASE: LeaseTimes = { leaseSeconds: 30, heartbeatSeconds: 1 };

/** Everything that carrying out a drill needs. */
export interface RunnerDeps extends ConclusionDeps, HostDeps {
  readonly catalogue: DrillCatalogue;
  /**
   * Programs of the major version that the backup needs; a newer one will do for a dump.
   * @throws AppError `unavailable` when this machine has none, or cannot run them.
   */
  readonly scratchServer: (major: number, newerWillDo: boolean) => Promise<ScratchServer>;
  /** Checks the fetched copy, and unpacks it on the way. */
  readonly verifier: VerifyThread;
  readonly exportedKey: () => Promise<ExportedKey>;
  /** The text of an identity file of age, which opens what is encrypted; undefined: there is none. */
  readonly identityText: () => Promise<string | undefined>;
  /** Asks over HTTP: what the run itself serves, and what the administrator allows. */
  readonly egress: Pick<Egress, 'request' | 'requestOwn'>;
  /** Gets at repositories on other machines. */
  readonly remote: RemoteMeans;
  /** Where the live data lies, when this machine has it: a backup on the same disk is worth a warning. */
  readonly dataDirectory: string | undefined;
  /** Finished reports are written here as files. */
  readonly reportDirectory: string;
  readonly lease: LeaseTimes;
  /** How many drills this machine carries out at once; the others wait for their turn. */
  readonly drillsAtOnce: number;
  /** Awaited at the beginning of each phase: an observer; tests hold a run there. */
  readonly onPhase?: (phase: Phase) => Promise<void>;
}
