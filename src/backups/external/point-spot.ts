import type { BackupSet, RecoveryPoint } from '../backup-catalogue.ts';
import type { Examination, PointLook } from './examination.ts';

/** Where one point can be read, until it is disposed of. */
export interface PointSpot extends Pick<Examination, 'place' | 'lists'>, AsyncDisposable {
  /** A judgement for which nothing can, or must, be read. */
  readonly look: PointLook | undefined;
  /** Between two tries to read it there: what was fetched does not come back by itself. */
  readonly retryPauseMs: number;
  /** Bytes that it took to bring it there. */
  readonly fetchedBytes: number;
}

/** What is to be read. */
export interface SpotSubject {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  /** The check for which it is read: another attempt of it goes on with what this one fetched. */
  readonly run: Examination['run'];
  readonly retryPauseMs: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** A repository that is read. */
export interface ReadPlace {
  /** Whether a point can be looked at while another one is read: where that costs no room. */
  readonly looksAhead: boolean;
  /**
   * Makes sure that it is there, and the one that it was.
   * @throws AppError `unavailable` `repository-unavailable`.
   */
  requireThere(): Promise<void>;
  /** The same, for some points that are read next; answers how each is got at. */
  begin(): Promise<(subject: SpotSubject) => Promise<PointSpot>>;
  close(): Promise<void>;
}
