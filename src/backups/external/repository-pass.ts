import { realpath } from 'node:fs/promises';
import { AppError } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import { handBackChecks } from '../check-run.store.ts';
import { REPOSITORY_UNAVAILABLE, requireAvailable } from '../repository.identity.ts';
import { failureOf, noteFailure } from '../run-failure.ts';
import type { BegunCheck, CheckChoice } from './check-choice.ts';
import type { ReadingJob, VerificationDeps } from './check-external.ts';
import { CheckRecords, type PassCounts } from './check-records.ts';
import { type Examination, type Examined, lookAtPoint, type PointLook, readPoint } from './examination.ts';
import { ListsBeside } from './listed-digest.ts';
import { OpenChecks } from './open-checks.ts';
import { RealDirectories } from './point-files.ts';

/** What a pass stands on. */
export interface PassParts {
  readonly deps: VerificationDeps;
  readonly repository: Repository;
  readonly job: ReadingJob;
  readonly choice: CheckChoice;
  readonly retryPauseMs: number;
}

/** Where the points of a batch lie. */
type Where = Pick<Examination, 'place' | 'lists'>;

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
    const { deps, repository, job } = parts;
    this.#parts = parts;
    this.#open = new OpenChecks(deps);
    this.#records = new CheckRecords(deps, repository, this.#open, job.signal);
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
    const { repository, job, deps } = this.#parts;
    const beganMs = deps.clock.monotonicMs();
    await requireAvailable(repository);
    const root = await realpath(repository.root);
    const where = {
      place: { root, directories: new RealDirectories() },
      lists: new ListsBeside(root, job.reader.limits),
    };
    let look = this.#look(batch[0], where);
    for (const [index, check] of batch.entries()) {
      job.signal.throwIfAborted();
      const seen = look;
      // While this one is read, the next one is looked at.
      look = this.#look(batch[index + 1], where);
      if (seen !== undefined) await this.#read(check, seen, where);
    }
    const seconds = (deps.clock.monotonicMs() - beganMs) / 1000;
    if (seconds < BATCH.secondsMin) this.#batchChecks = Math.min(this.#batchChecks * 2, BATCH.checksMax);
    if (seconds > BATCH.secondsMax) this.#batchChecks = Math.max(1, this.#batchChecks >> 1);
  }

  #look(check: BegunCheck | undefined, where: Where): Promise<PointLook> | undefined {
    if (check === undefined) return undefined;
    const look = lookAtPoint(this.#examinationOf(check, where));
    // Whoever reads the point hears of its failure.
    look.catch(() => undefined);
    return look;
  }

  async #read(check: BegunCheck, look: Promise<PointLook>, where: Where): Promise<void> {
    const { repository, job } = this.#parts;
    this.#unread.delete(check.run.id);
    let examined: Examined;
    try {
      examined = await readPoint(this.#examinationOf(check, where), await look);
      // A disk that is away for a moment makes no backup unsound.
      if (!examined.isSound) await requireAvailable(repository);
    } catch (thrown) {
      // A point that cannot be checked must not keep the others from being read.
      if (!job.signal.aborted && !endsPass(thrown)) return this.#records.failAndGoOn(check, thrown);
      await this.#records.fail(check, thrown);
      throw thrown;
    }
    await this.#records.add({ ...check, examined });
  }

  #examinationOf({ set, point, run }: BegunCheck, where: Where): Examination {
    const { deps, job, retryPauseMs } = this.#parts;
    const { db, log } = deps;
    const onProgress = (done: number, total: number) => this.#open.report(run, done, total);
    const { reader, signal } = job;
    return { ...where, db, log, set, point, run, onProgress, retryPauseMs, reader, signal };
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
