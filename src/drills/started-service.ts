/** A script that a run has started and that goes on. */
export interface StartedService {
  readonly name: string;
  /** Where it listens, on the host. Whatever lies there is the script's own doing. */
  readonly socket: string;
  /** How it ended, in words; undefined while it runs. */
  readonly howEnded: () => string | undefined;
  /** Ends it with everything that it started, and waits until it is gone. */
  readonly stop: () => Promise<void>;
}
