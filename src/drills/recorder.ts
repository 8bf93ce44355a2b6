import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Tx } from '../database/database.ts';
import { type Clock, dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { endPhase, leavePhaseUnmeasured, type PhaseEnd, startPhase } from './drill-part.store.ts';
import { appendLog, type Fence, renewLease, runLost } from './drill-run.store.ts';
import type { Phase } from './phase.ts';
import type { DrillLogLine } from './run.ts';

/** Lines that one run may log; what comes after is counted in the last of them. */
const LOG_LINES_MAX = 2000;
const MESSAGE_LENGTH_MAX = 2000;
/** Pause before a write is tried again that met a database on its way up. */
const RETRY_MS = 250;

export interface RecorderOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly fence: Fence;
  readonly leaseSeconds: number;
  readonly heartbeatSeconds: number;
  /** The origin of the run's time: monotonic milliseconds at the trigger, and the trigger itself. */
  readonly triggeredAtMs: number;
  readonly triggeredAt: Date;
  /** The phase that began with the trigger; whoever claimed the run has recorded its beginning. */
  readonly phase: Phase;
  /** Called once when the run must stop: a person cancelled it, or it is no longer ours. */
  readonly onStop: (why: { readonly kind: 'cancelled'; readonly by: string } | { readonly kind: 'lost' }) => void;
}

/**
 * Writes what happens in a run as it happens. Every write renews the lease and is refused once the run belongs to nobody
 * or to somebody else. Phases are contiguous: each begins at the very moment at which the one before it ended, so that
 * their seconds add up to the time since the trigger.
 */
export class RunRecorder {
  readonly #options: RecorderOptions;
  readonly #heartbeat = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  #lines: DrillLogLine[] = [];
  #nextLine = 0;
  #phase: Phase | null;
  #phaseStartMs: number;
  #progress: { done: number | null; total: number | null } = { done: null, total: null };
  #phaseStartedAt: Date;
  #renewedMs: number;
  #stopped = false;
  /** Writes take turns, so that each log line is stored once and in its place. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#phase = options.phase;
    this.#phaseStartMs = options.triggeredAtMs;
    this.#phaseStartedAt = options.triggeredAt;
    this.#renewedMs = options.clock.monotonicMs();
  }

  /** Renews the lease until {@link stopHeartbeat}. */
  startHeartbeat(): void {
    this.#beating = this.#beat();
  }

  async stopHeartbeat(): Promise<void> {
    this.#heartbeat.abort();
    await this.#beating;
  }

  /** Adds a line to the run's log; it is stored with the next write, at the latest with the next heartbeat. */
  say(message: string, level: DrillLogLine['level'] = 'info'): void {
    const { clock, log, fence } = this.#options;
    log[level]({ runId: fence.runId, phase: this.#phase }, message);
    const position = this.#nextLine + this.#lines.length;
    if (position >= LOG_LINES_MAX) return;
    const text = position === LOG_LINES_MAX - 1 ? 'the log is full: later lines are left out' : message;
    this.#lines.push({ at: dateOf(clock.now()), level, phase: this.#phase, message: storable(text) });
  }

  /** Says how far the present phase is, for whoever watches. */
  reportProgress(bytesDone: number, bytesTotal: number | null): void {
    this.#progress = { done: bytesDone, total: bytesTotal };
  }

  /** Leaves out a phase that nobody carried out. */
  async leaveUnmeasured(phase: Phase, reason: string): Promise<void> {
    await this.write((tx) => leavePhaseUnmeasured(tx, this.#options.fence.runId, phase, reason));
  }

  /** Begins a phase at the moment at which the last one ended (the first at the trigger). */
  async beginPhase(phase: Phase): Promise<void> {
    this.#phase = phase;
    this.#progress = { done: null, total: null };
    await this.write((tx) => startPhase(tx, this.#options.fence.runId, phase, this.#phaseStartedAt));
  }

  /** Ends the present phase now; answers the seconds from the trigger to its end. */
  async finishPhase(status: PhaseEnd['status'], detail: string | null): Promise<number> {
    const phase = this.#phase;
    if (phase === null) throw new AppError('internal', 'no-phase', 'A phase ended that had not begun');
    const endMs = this.#options.clock.monotonicMs();
    const endedAt = dateOf(this.#options.clock.now());
    const end: PhaseEnd = {
      phase,
      status,
      endedAt,
      seconds: Math.max(0, endMs - this.#phaseStartMs) / 1000,
      sizeBytes: this.#progress.done,
      detail: detail === null ? null : storable(detail),
    };
    this.#phaseStartMs = endMs;
    this.#phaseStartedAt = endedAt;
    this.#phase = null;
    await this.write((tx) => endPhase(tx, this.#options.fence.runId, end));
    return (endMs - this.#options.triggeredAtMs) / 1000;
  }

  /** Ends the present phase, if one has begun and not ended. */
  async finishPhaseIfAny(status: PhaseEnd['status'], detail: string | null): Promise<void> {
    if (this.#phase !== null) await this.finishPhase(status, detail);
  }

  /**
   * Runs a write of this run, together with the lines that were logged since the last one. A database that is away for a
   * moment is waited for, as long as the lease lasts.
   * @throws AppError `conflict` `run-lost` when the run is not ours any more.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const written = this.#turn.then(() => this.#writeWhileLeased(work));
    this.#turn = written.catch(() => {});
    return written;
  }

  async #writeWhileLeased<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { clock, leaseSeconds } = this.#options;
    for (;;) {
      try {
        return await this.#writeOnce(work);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        if (thrown.code === 'run-lost') this.#stop({ kind: 'lost' });
        if (thrown.kind !== 'unavailable') throw thrown;
        if (clock.monotonicMs() - this.#renewedMs > leaseSeconds * 1000) {
          this.#stop({ kind: 'lost' });
          throw runLost();
        }
        await delay(RETRY_MS);
      }
    }
  }

  async #writeOnce<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { db, clock, fence, leaseSeconds } = this.#options;
    const lines = this.#lines.slice();
    const progress = { bytesDone: this.#progress.done, bytesTotal: this.#progress.total };
    const { lease, value } = await db.transaction(async (tx) => {
      const renewed = await renewLease(tx, fence, leaseSeconds, progress);
      await appendLog(tx, fence.runId, this.#nextLine, lines);
      return { lease: renewed, value: await work(tx) };
    });
    this.#renewedMs = clock.monotonicMs();
    this.#nextLine += lines.length;
    this.#lines = this.#lines.slice(lines.length);
    if (lease.cancelRequestedBy !== null) this.#stop({ kind: 'cancelled', by: lease.cancelRequestedBy });
    return value;
  }

  #stop(why: Parameters<RecorderOptions['onStop']>[0]): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.onStop(why);
  }

  async #beat(): Promise<void> {
    const { signal } = this.#heartbeat;
    const { heartbeatSeconds, log } = this.#options;
    while (!signal.aborted) {
      try {
        await delay(heartbeatSeconds * 1000, undefined, { signal });
        await this.write(async () => {});
      } catch (thrown) {
        if (signal.aborted) return;
        log.error({ err: thrown }, 'the drill run cannot be kept alive: it is given up');
        this.#stop({ kind: 'lost' });
        return;
      }
    }
  }
}

/** PostgreSQL stores no NUL, and a lone surrogate (also one that a cut leaves) would come back as another character. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, MESSAGE_LENGTH_MAX).toWellFormed();
}
