import { setTimeout as sleep } from 'node:timers/promises';

/** A reader that comes this late may catch up: timers wake later than they should, and those moments would add up. */
const LATE_NS_MAX = 100_000_000n;

/**
 * Holds all threads that share its memory to one rate together. Each piece books its time behind those booked before, so
 * however many threads read, and however unevenly, the sum keeps the rate.
 */
export class SharedPace {
  readonly memory: SharedArrayBuffer;
  readonly #bytesPerSecondMax: number;
  /** When everything booked so far is due, in nanoseconds of the machine's monotonic clock. */
  readonly #dueNs: BigInt64Array;

  constructor(bytesPerSecondMax: number, memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#bytesPerSecondMax = bytesPerSecondMax;
    this.#dueNs = new BigInt64Array(this.memory);
    // Nothing is saved up before the first byte.
    if (memory === undefined) this.#dueNs[0] = process.hrtime.bigint();
  }

  /** Books these bytes, and waits until they are due. */
  async take(bytes: number): Promise<void> {
    const waitMs = this.#waitMs(bytes);
    if (waitMs > 1) await sleep(waitMs);
  }

  /** The same where nothing can be awaited: this thread stands still until they are due. */
  takeHere(bytes: number): void {
    const waitMs = this.#waitMs(bytes);
    if (waitMs > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }

  #waitMs(bytes: number): number {
    const takesNs = BigInt(Math.round((bytes / this.#bytesPerSecondMax) * 1e9));
    return Number(this.#book(takesNs) - process.hrtime.bigint()) / 1e6;
  }

  #book(takesNs: bigint): bigint {
    for (;;) {
      const booked = Atomics.load(this.#dueNs, 0);
      const nowNs = process.hrtime.bigint();
      const earliestNs = nowNs - LATE_NS_MAX;
      const due = (booked > earliestNs ? booked : earliestNs) + takesNs;
      if (Atomics.compareExchange(this.#dueNs, 0, booked, due) === booked) return due;
    }
  }
}
