import { AppError } from '../../kernel/errors.ts';
import { failChecks } from '../check-run.store.ts';
import { judgementOf, pointChanged } from '../record-check.ts';
import { superseded } from '../run.store.ts';
import { noteFailure } from '../run-failure.ts';
import { type DoneCheck, type RecordedCheck, recordDoneChecks } from './external-record.ts';
import type { OpenChecks } from './open-checks.ts';
import type { ReadPlace } from './point-spot.ts';
import type { VerificationDeps } from './reading-job.ts';

/** What a pass has recorded. */
export interface PassCounts {
  checked: number;
  sound: number;
  failed: number;
}

/** Checks wait for each other no longer than this, and no more of them, before they are recorded. */
const WAITING = { ms: 1000, checks: 64, bytes: 67_108_864 } as const;

/** More than this are never waiting: whoever reads waits for the database. */
const WAITING_CHECKS_MAX = 2 * WAITING.checks;

/** Records checks in batches, while the next points are read. */
export class CheckRecords {
  readonly counts: PassCounts = { checked: 0, sound: 0, failed: 0 };
  readonly #deps: Pick<VerificationDeps, 'db' | 'log'>;
  readonly #place: Pick<ReadPlace, 'requireThere'>;
  readonly #open: OpenChecks;
  readonly #signal: AbortSignal;
  #waiting: DoneCheck[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #fault: { readonly thrown: unknown } | undefined;

  constructor(
    deps: Pick<VerificationDeps, 'db' | 'log'>,
    place: Pick<ReadPlace, 'requireThere'>,
    open: OpenChecks,
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#place = place;
    this.#open = open;
    this.#signal = signal;
  }

  /** @throws what kept earlier ones from being recorded. */
  async add(done: DoneCheck): Promise<void> {
    this.#waiting.push(done);
    this.#waitingBytes += done.point.sizeBytes;
    this.#timer ??= setTimeout(() => this.#write(), WAITING.ms).unref();
    if (this.#waiting.length >= WAITING.checks || this.#waitingBytes >= WAITING.bytes) this.#write();
    if (this.#waiting.length >= WAITING_CHECKS_MAX) await this.#writing;
    this.#throwFault();
  }

  /** Records all that waits. @throws what keeps it, or kept earlier ones, from being recorded. */
  async flush(): Promise<void> {
    while (this.#isWriting || this.#waiting.length > 0) {
      this.#write();
      await this.#writing;
    }
    clearTimeout(this.#timer);
    this.#throwFault();
  }

  /** Ends the check of a point that could not be read. */
  async fail({ run }: Pick<DoneCheck, 'run'>, thrown: unknown): Promise<void> {
    const { db, log } = this.#deps;
    const judgement = judgementOf(thrown, this.#signal);
    this.#open.remove([run]);
    await noteFailure(db, log, (tx) => failChecks(tx, [{ run, ...judgement }]));
  }

  /** Counts and logs it, too: the pass goes on. */
  async failAndGoOn(check: Pick<DoneCheck, 'run' | 'set' | 'point'>, thrown: unknown): Promise<void> {
    const { set, point } = check;
    this.counts.failed += 1;
    this.#deps.log.error({ err: thrown, set: set.name, point: point.name }, 'a recovery point could not be checked');
    await this.fail(check, thrown);
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault.thrown;
  }

  /** One batch at a time: the points of one are the history of those of the next. */
  #write(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWriting = true;
    this.#writing = this.#record(batch)
      .catch((thrown: unknown) => {
        this.#fault ??= { thrown };
      })
      .finally(() => {
        this.#isWriting = false;
      });
  }

  async #record(batch: readonly DoneCheck[]): Promise<void> {
    try {
      // What a check sees while a disk goes away says nothing about the backup.
      await this.#place.requireThere();
    } catch (thrown) {
      for (const done of batch) await this.fail(done, thrown);
      throw thrown;
    }
    await this.#recordAvailable(batch);
    this.#open.remove(batch.map(({ run }) => run));
  }

  async #recordAvailable(batch: readonly DoneCheck[]): Promise<void> {
    let recorded: readonly RecordedCheck[];
    try {
      recorded = await recordDoneChecks(this.#deps, batch);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'unavailable') throw thrown;
      const [only, ...others] = batch;
      if (only !== undefined && others.length === 0) return this.failAndGoOn(only, thrown);
      // One that cannot be recorded must not keep the others from it.
      for (const one of batch) await this.#recordAvailable([one]);
      return;
    }
    for (const { done, outcome, check } of recorded) {
      if (outcome === 'changed') await this.failAndGoOn(done, pointChanged(done.point));
      else if (outcome === 'recorded') this.#count(check.verdict === 'sound');
    }
    if (recorded.some(({ outcome }) => outcome === 'lost')) throw superseded();
  }

  #count(isSound: boolean): void {
    this.counts.checked += 1;
    if (isSound) this.counts.sound += 1;
  }
}
