import { AppError } from '../../kernel/errors.ts';
import { handBackChecks } from '../check-run.store.ts';
import { REPOSITORY_UNAVAILABLE } from '../repository.identity.ts';
import { failureOf, noteFailure } from '../run-failure.ts';
import type { BegunCheck, CheckChoice } from './check-choice.ts';
import { CheckRecords, type PassCounts } from './check-records.ts';
import { type Examined, readPoint } from './examination.ts';
import { OpenChecks } from './open-checks.ts';
import type { ReadPlace } from './point-spot.ts';
import { type LookedAt, lookAtSpot } from './read-place.ts';
import type { ReadingJob, VerificationDeps } from './reading-job.ts';

/** What a pass stands on. */
export interface PassParts {
  readonly deps: VerificationDeps;
  readonly place: ReadPlace;
  readonly job: ReadingJob;
  readonly choice: CheckChoice;
  readonly retryPauseMs: number;
}

/** How the points of a batch are got at. */
type Access = Awaited<ReturnType<ReadPlace['begin']>>;

/** Points whose checks are begun together: as many as are read in about so many seconds. */
const BATCH = { checksMax: 64, secondsMin: 0.5, secondsMax: 2 } as const;

/**
 * One pass over what is due of a repository. Checks are begun and recorded in batches, and the next batch is begun while one is
 * read: what a point costs besides reading it is little. A worker that dies leaves one or two batches, which its next attempt,
 * or somebody else after a minute, reads.
 */
export class RepositoryPass {
  readonly #parts: PassParts;
  readonly #open: OpenChecks;
  readonly #records: CheckRecords;
  /** Begun, and not looked into yet. */
  readonly #unread = new Map<string, BegunCheck>();
  #ahead: Promise<readonly BegunCheck[]> | undefined;
  #batchChecks = 1;

  constructor(parts: PassParts) {
    const { deps, place, job } = parts;
    this.#parts = parts;
    this.#open = new OpenChecks(deps);
    this.#records = new CheckRecords(deps, place, this.#open, job.signal);
  }

  /**
   * Reads until nothing is due. Whatever ends it earlier: what was read is recorded, the rest is given back.
   * @throws the signal's reason; AppError `unavailable` `repository-unavailable`; `stale` `attempt-superseded`.
   */
  async run(): Promise<PassCounts> {
    try {
      for (let batch = await this.#begin(); batch.length > 0; batch = await this.#begin()) {
        // A single point may take hours: the next one is left to whoever is free first.
        if (batch.length > 1) this.#beginAhead();
        await this.#readBatch(batch);
      }
      await this.#records.flush();
      return this.#records.counts;
    } catch (thrown) {
      await this.#giveBack(thrown);
      throw thrown;
    } finally {
      await this.#open.stop();
    }
  }

  #begin(): Promise<readonly BegunCheck[]> {
    const begun = this.#ahead ?? this.#beginNow();
    this.#ahead = undefined;
    return begun;
  }

  #beginAhead(): void {
    this.#ahead = this.#beginNow();
    // Whoever takes it hears of its failure.
    this.#ahead.catch(() => undefined);
  }

  async #beginNow(): Promise<readonly BegunCheck[]> {
    const begun = await this.#parts.choice.begin(this.#batchChecks);
    for (const check of begun) this.#unread.set(check.run.id, check);
    this.#open.add(begun.map(({ run }) => run));
    return begun;
  }

  async #readBatch(batch: readonly BegunCheck[]): Promise<void> {
    const { place, job, deps } = this.#parts;
    const beganMs = deps.clock.monotonicMs();
    const access = await place.begin();
    let ahead: Promise<LookedAt> | undefined;
    for (const [index, check] of batch.entries()) {
      job.signal.throwIfAborted();
      const looked = ahead ?? this.#look(check, access);
      // While this one is read, the next one is looked at.
      const next = place.looksAhead ? batch[index + 1] : undefined;
      ahead = next && this.#look(next, access);
      await this.#read(check, looked);
    }
    const seconds = (deps.clock.monotonicMs() - beganMs) / 1000;
    if (seconds < BATCH.secondsMin) this.#batchChecks = Math.min(this.#batchChecks * 2, BATCH.checksMax);
    if (seconds > BATCH.secondsMax) this.#batchChecks = Math.max(1, this.#batchChecks >> 1);
  }

  #look(check: BegunCheck, access: Access): Promise<LookedAt> {
    const look = lookAtSpot(access, this.#subjectOf(check));
    // Whoever reads the point hears of its failure.
    look.catch(() => undefined);
    return look;
  }

  async #read(check: BegunCheck, look: Promise<LookedAt>): Promise<void> {
    const { place, job } = this.#parts;
    this.#unread.delete(check.run.id);
    let examined: Examined;
    try {
      await using looked = await look;
      examined = await readPoint(looked.examination, looked.look);
      // A disk that is away for a moment makes no backup unsound.
      if (!examined.isSound) await place.requireThere();
    } catch (thrown) {
      // A point that cannot be checked must not keep the others from being read.
      if (!job.signal.aborted && !endsPass(thrown)) return this.#records.failAndGoOn(check, thrown);
      await this.#records.fail(check, thrown);
      throw thrown;
    }
    await this.#records.add({ ...check, examined });
  }

  #subjectOf({ set, point, run }: BegunCheck) {
    const { deps, job, retryPauseMs } = this.#parts;
    const { db, log } = deps;
    const onProgress = (done: number, total: number) => this.#open.report(run, done, total);
    const { reader, signal } = job;
    return { db, log, set, point, run, onProgress, retryPauseMs, reader, signal };
  }

  async #giveBack(because: unknown): Promise<void> {
    const { deps, job } = this.#parts;
    await this.#ahead?.catch(() => undefined);
    await this.#records.flush().catch((thrown: unknown) => {
      if (thrown !== because) deps.log.warn({ err: thrown }, 'checks that were made could not be recorded');
    });
    const runs = [...this.#unread.values()].map(({ run }) => run);
    if (runs.length === 0) return;
    await noteFailure(deps.db, deps.log, (tx) => handBackChecks(tx, runs, failureOf(because, job.signal)));
  }
}

function endsPass(thrown: unknown): boolean {
  return thrown instanceof AppError && [REPOSITORY_UNAVAILABLE, 'attempt-superseded'].includes(thrown.code);
}
