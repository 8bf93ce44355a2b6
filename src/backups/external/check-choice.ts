import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { BackupSet, CheckRun, RecoveryPoint } from '../backup-catalogue.ts';
import { pointsByIds } from '../catalogue.queries.ts';
import { beginChecks } from '../check-run.store.ts';
import type { JobRun, RunKey } from '../run.store.ts';
import { dueCheck } from './check-policy.ts';
import { lastCheckedAt, lockDuePoints, lockLeftPoints, type UnfinishedCheck } from './due-point.queries.ts';
import type { VerificationDeps } from './reading-job.ts';
import type { SetToVerify } from './verification-plan.queries.ts';

/** A check that is begun. */
export interface BegunCheck {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  readonly run: RunKey;
  readonly reason: CheckRun['reason'];
}

/** Checks that are begun together are of no more bytes and files than this, unless it is one alone. */
const BATCH = { bytes: 67_108_864, files: 1000 } as const;

/** Other jobs may take points between the choice of them and the beginning of their checks: so often it is chosen again. */
const CHOICES_MAX = 20;

/** Chooses what a job reads next of a repository. */
export class CheckChoice {
  readonly #deps: Pick<VerificationDeps, 'db' | 'clock'>;
  readonly #sets: readonly SetToVerify[];
  readonly #job: JobRun;
  #left: readonly UnfinishedCheck[];

  /** @param left what an earlier attempt of the job has begun: it comes first. */
  constructor(
    deps: Pick<VerificationDeps, 'db' | 'clock'>,
    sets: readonly SetToVerify[],
    job: JobRun,
    left: readonly UnfinishedCheck[],
  ) {
    this.#deps = deps;
    this.#sets = sets;
    this.#job = job;
    this.#left = left;
  }

  /** Begins the checks of the next points, in one transaction with the choice of them; none when nothing is due. */
  async begin(countMax: number): Promise<readonly BegunCheck[]> {
    for (let tries = 1; tries <= CHOICES_MAX; ) {
      const left = this.#left.slice(0, countMax);
      const begun = await this.#tryToBegin(left, countMax);
      if (begun === 'taken') {
        tries += 1;
        continue;
      }
      this.#left = this.#left.slice(begun.considered);
      if (begun.checks.length > 0 || begun.isNothingDue) return begun.checks;
      if (left.length === 0) tries += 1;
    }
    return [];
  }

  async #tryToBegin(left: readonly UnfinishedCheck[], limit: number) {
    const { db, clock } = this.#deps;
    const now = clock.now();
    try {
      return await db.transaction(async (tx) => {
        const ids = left.map(({ pointId }) => pointId);
        const locked =
          left.length > 0
            ? await lockLeftPoints(tx, this.#job, ids)
            : await lockDuePoints(tx, this.#sets, this.#job, { now, limit });
        const bounded = withinBounds(locked);
        const last = bounded.at(-1);
        const considered = locked.length === bounded.length || last === undefined ? ids.length : ids.indexOf(last) + 1;
        const reasons = new Map(left.map(({ pointId, reason }) => [pointId, reason]));
        const checks = await this.#beginThese(tx, bounded, reasons, now);
        return { considered, checks, isNothingDue: left.length === 0 && locked.length === 0 };
      });
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'check-under-way') return 'taken' as const;
      throw thrown;
    }
  }

  async #beginThese(
    tx: Tx,
    ids: readonly string[],
    reasons: ReadonlyMap<string, CheckRun['reason']>,
    now: Temporal.Instant,
  ): Promise<readonly BegunCheck[]> {
    if (ids.length === 0) return [];
    // Whoever had a point before may have judged it: what counts is what is there behind the lock.
    const points = await pointsByIds(tx, ids);
    const checked = await lastCheckedAt(tx, ids);
    const wanted = points.flatMap((point) => {
      const of = this.#sets.find(({ set }) => set.id === point.setId);
      const reason = of && (reasons.get(point.id) ?? reasonOf(point, of, checked.get(point.id), now));
      return of === undefined || reason === undefined ? [] : [{ set: of.set, point, reason }];
    });
    if (wanted.length === 0) return [];
    const runs = await beginChecks(
      tx,
      wanted.map(({ point, reason }) => ({ pointId: point.id, reason })),
      this.#job,
    );
    return wanted.flatMap((check) => {
      const run = runs.get(check.point.id);
      return run === undefined ? [] : [{ ...check, run }];
    });
  }
}

function reasonOf(
  point: RecoveryPoint,
  { set, forecast }: SetToVerify,
  checkedAt: Temporal.Instant | undefined,
  now: Temporal.Instant,
): CheckRun['reason'] | undefined {
  if (set.external === undefined) return undefined;
  const due = dueCheck({ ...point, checkedAt }, set.external, forecast.lead, now);
  return due === 'none' ? undefined : due;
}

function withinBounds(points: readonly { readonly id: string; sizeBytes: number; fileCount: number }[]): string[] {
  let [bytes, files] = [0, 0];
  const ids: string[] = [];
  for (const { id, sizeBytes, fileCount } of points) {
    bytes += sizeBytes;
    files += fileCount;
    if (ids.length > 0 && (bytes > BATCH.bytes || files > BATCH.files)) break;
    ids.push(id);
  }
  return ids;
}
