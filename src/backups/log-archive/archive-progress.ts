import type { Clock } from '../../kernel/clock.ts';

/** How far archiving in this process is, for metrics. */
export class ArchiveProgress {
  readonly #clock: Clock;
  /** Undefined while this process does not archive. */
  #streaming: { completeMs: number; serverEndLsn: bigint; keptLsn: bigint } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Archiving begins: what the server has written until now is not known to be archived. */
  begin(keptLsn: bigint): void {
    this.#streaming = { completeMs: this.#clock.monotonicMs(), serverEndLsn: keptLsn, keptLsn };
  }

  /** The server has written up to here. */
  serverIsAt(endLsn: bigint): void {
    const streaming = this.#streaming;
    if (streaming === undefined || endLsn <= streaming.serverEndLsn) return;
    // Until this moment nothing was missing.
    if (streaming.keptLsn >= streaming.serverEndLsn) streaming.completeMs = this.#clock.monotonicMs();
    streaming.serverEndLsn = endLsn;
  }

  /** Everything before this position is on the repository's disk. */
  isKept(keptLsn: bigint): void {
    if (this.#streaming !== undefined) this.#streaming.keptLsn = keptLsn;
  }

  end(): void {
    this.#streaming = undefined;
  }

  /**
   * Since the oldest log that is written and not yet archived was written, in seconds: what would be lost with the server at this
   * moment. Undefined while this process does not archive.
   */
  lagSeconds(): number | undefined {
    const streaming = this.#streaming;
    if (streaming === undefined) return undefined;
    if (streaming.keptLsn >= streaming.serverEndLsn) return 0;
    return (this.#clock.monotonicMs() - streaming.completeMs) / 1000;
  }
}
