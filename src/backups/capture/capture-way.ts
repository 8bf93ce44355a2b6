import type { ExternalSet } from '../backup-catalogue.ts';
import type { SeenPoint } from '../external/external-point.store.ts';
import type { CapturedPoint } from '../point-writer.ts';

/** Where a point is made, and how it comes to where it stays. */
export interface CapturePlace {
  /** The root below which it is written, and what its sentinel says. */
  readonly root: string;
  readonly identity: string;
  /** Brings a point that is whole to the repository, where that is another place. */
  deliver(point: Pick<CapturedPoint, 'pointDirectory' | 'name' | 'sizeBytes'>): Promise<void>;
  /** The point as it lies in the repository. */
  look(pointName: string): Promise<SeenPoint>;
  close(): Promise<void>;
}

/** What a place is opened with. */
export interface CapturePlaceOptions {
  readonly set: ExternalSet;
  readonly signal: AbortSignal;
  /** Bytes that went to another machine, and of how many. */
  readonly onSent: (done: number, total: number) => void;
}
