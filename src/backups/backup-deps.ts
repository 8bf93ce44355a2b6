import type { KeyObject } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import type { CaptureMeans } from './capture/capture-means.ts';
import type { CaptureSource } from './capture-source.ts';
import type { RemoteMeans } from './remote/open-store.ts';
import type { VerifyThread } from './verify-thread.ts';

/** What the jobs and use cases of this domain stand on. */
export interface BackupJobsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is backed up: Muster's own database. */
  readonly source: CaptureSource;
  /** The Ed25519 private key that signs manifests. */
  readonly signingKey: KeyObject;
  /** The keys whose signature a check trusts. */
  readonly publicKeys: readonly KeyObject[];
  /** Checks run in its threads: decoding is synchronous, and the service goes on meanwhile. */
  readonly verifier: VerifyThread;
  /** Copies for self-tests are made below this directory; it is made when it is not there. */
  readonly sandboxRoot: string;
  /** Where Muster keeps its own data and keys: no capture takes it. */
  readonly dataDirectory: string;
  /** What captures of other sources than Muster's own database need. */
  readonly capture: CaptureMeans;
  /** What repositories on other machines need. */
  readonly remote: RemoteMeans;
}

/** The part of a running job that these use cases need. */
export interface RunningJob {
  readonly jobId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}
