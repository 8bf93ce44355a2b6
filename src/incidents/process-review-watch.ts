import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database, Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { newId } from '../kernel/ids.ts';
import { postNotice } from '../notices/notice.store.ts';
import { readAttainment } from './attainment.service.ts';
import { viewOfAttainment } from './attainment.views.ts';
import {
  administratorIds,
  processReviewById,
  reviewsToAttach,
  scheduledUntil,
  untoldOverdueReviews,
} from './process-review.queries.ts';
import { attachAttainment, insertProcessReview } from './process-review.store.ts';
import type { ProcessReview } from './process-review.ts';

/** Months of the first period that the schedule plans a review for; later ones go on where the last one ended. */
const FIRST_MONTHS = 3;

/** Days after which a review that is due and was not held is overdue. */
const OVERDUE_DAYS = 14;

/** What the figures of a review are told apart by. */
const REVIEWED_BY = ['severity', 'kind', 'team'] as const;

/**
 * Plans the review of the whole months in a zone that have passed since the last one that the schedule has planned, to be held
 * at once. @returns its id; undefined when no month has passed, or another process was faster.
 */
export async function planScheduledReview(db: Database, zone: string): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    const nowMs = await databaseNowMs(tx);
    const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone).toPlainDate();
    const end = now.with({ day: 1 });
    const until = end.toString();
    const from = (await scheduledUntil(tx)) ?? end.subtract({ months: FIRST_MONTHS }).toString();
    if (from >= until) return undefined;
    const id = newId();
    const draft = { id, title: titleOf(from, end), from, until, zone, dueAt: new Date(nowMs) };
    if (!(await insertProcessReview(tx, { ...draft, ownerId: null, plannedBy: null }))) return undefined;
    await record(tx, 'plan', id, { from, until, zone });
    return id;
  });
}

/** In the months that are reviewed: `Review of 2026-07 to 2026-09`. */
function titleOf(from: string, end: Temporal.PlainDate): string {
  const [first, last] = [from.slice(0, 7), end.subtract({ days: 1 }).toPlainYearMonth().toString()];
  return first === last ? `Review of ${first}` : `Review of ${first} to ${last}`;
}

/**
 * Attaches the attainment of their periods to reviews that are due, and tells whoever holds them; and tells of reviews that were
 * not held in time. @returns how many became due, and how many notices of overdue ones are new.
 */
export async function watchReviews(
  db: Database,
  signal: AbortSignal,
): Promise<{ readonly due: number; readonly overdue: number }> {
  let due = 0;
  let failed: unknown;
  for (const review of await reviewsToAttach(db)) {
    signal.throwIfAborted();
    try {
      if (await makeDue(db, review)) due += 1;
    } catch (thrown) {
      // A period that nobody can read must not keep the others waiting.
      failed ??= thrown;
    }
  }
  let overdue = 0;
  for (const review of await untoldOverdueReviews(db, OVERDUE_DAYS)) {
    overdue += await db.transaction((tx) => tell(tx, review, 'overdue', `was due at ${review.dueAt} and was not held`));
  }
  if (failed !== undefined) throw failed;
  return { due, overdue };
}

async function makeDue(
  db: Database,
  { id, ...period }: { readonly id: string; readonly from: string; readonly until: string; readonly zone: string },
): Promise<boolean> {
  // Read outside of the transaction: years of clocks take a while.
  const query = { ...period, by: [...REVIEWED_BY] };
  const read = await readAttainment(db, query);
  const attainment = JSON.stringify(await viewOfAttainment(db, query, read));
  return db.transaction(async (tx) => {
    const sha256 = await attachAttainment(tx, id, { attainment, readAtMs: read.readAtMs });
    if (sha256 === undefined) return false;
    await record(tx, 'attach-attainment', id, { sha256 });
    const review = await processReviewById(tx, id);
    await tell(tx, review, 'due', 'is due: its attainment is attached');
    return true;
  });
}

async function tell(tx: Tx, review: ProcessReview, event: 'due' | 'overdue', what: string): Promise<number> {
  const { id, title, owner, from, until, zone } = review;
  return postNotice(tx, {
    kind: `process-review.${event}`,
    recipients: owner === null ? await administratorIds(tx) : [owner.id],
    subjectKind: 'process-review',
    subjectId: id,
    summary: `${title} ${what}`,
    details: { title, from, until, zone, dueAt: review.dueAt.toString() },
    onceKey: `process-review.${event}/${id}`,
  });
}

async function record(tx: Tx, act: string, subjectId: string, details: Record<string, unknown>): Promise<void> {
  const action = `process-review.${act}`;
  await recordAudit(tx, { actor: SYSTEM_ACTOR, action, subjectKind: 'process-review', subjectId, details });
}
