import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { CARRY_TOLD } from './channels/carry-told.ts';
import type { NewNotice } from './notice.ts';

const SUMMARY_CHARACTERS_MAX = 1000;

/**
 * Writes one notice for each recipient, in the transaction of what it tells: both are there or neither, and so are the
 * deliveries by the channels that carry it. A recipient who has a notice of this `onceKey` already is not told again.
 * @returns how many notices are new.
 */
export function postNotice(tx: Tx, notice: NewNotice): Promise<number> {
  return postNotices(tx, [notice]);
}

/**
 * Writes many notices as `postNotice` writes one, in one statement.
 * @param notices each with a `onceKey` of its own.
 * @returns how many notices are new, those of all recipients together.
 */
export async function postNotices(tx: Tx, notices: readonly NewNotice[]): Promise<number> {
  const told = notices.flatMap(({ recipients }, index) =>
    [...new Set(recipients)].map((recipientId) => ({ id: newId(), recipientId, place: index + 1 })),
  );
  if (told.length === 0) return 0;
  // In one order, so that two transactions that tell the same people do not wait for each other in a circle.
  const [posted] = await tx.rows<{ notices: number }>(
    `WITH told AS (
       INSERT INTO notice (id, recipient_id, kind, subject_kind, subject_id, summary, details, once_key, urgency)
       SELECT r.id, r.recipient_id, n.kind, n.subject_kind, n.subject_id, n.summary, n.details::jsonb, n.once_key, n.urgency
       FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS r (id, recipient_id, place)
       JOIN unnest($4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::smallint[]) WITH ORDINALITY
         AS n (kind, subject_kind, subject_id, summary, details, once_key, urgency, place) ON n.place = r.place
       ORDER BY r.recipient_id, n.once_key
       ON CONFLICT (recipient_id, once_key) DO NOTHING
       RETURNING id, recipient_id, kind, urgency
     ), carried AS (${CARRY_TOLD})
     SELECT count(*)::integer AS notices FROM told`,
    [
      told.map(({ id }) => id),
      told.map(({ recipientId }) => recipientId),
      told.map(({ place }) => place),
      notices.map(({ kind }) => kind),
      notices.map(({ subjectKind }) => subjectKind),
      notices.map(({ subjectId }) => subjectId),
      notices.map(({ summary }) => shortened(summary)),
      notices.map(({ details }) => JSON.stringify(details ?? {})),
      notices.map(({ onceKey }) => onceKey),
      notices.map(({ urgency }) => urgency ?? 1),
    ],
  );
  return posted?.notices ?? 0;
}

/**
 * Marks a notice of a principal, or of a team that it belongs to, as read.
 * @returns false when it was read before.
 * @throws AppError `not-found` `no-such-notice`, also for a notice to somebody else.
 */
export async function markNoticeRead(tx: Tx, readerId: string, noticeId: string): Promise<boolean> {
  const [found] = await tx.rows<{ read: boolean }>(
    `SELECT read_at IS NOT NULL AS read FROM notice WHERE id = $2
       AND (recipient_id = $1 OR recipient_id IN (SELECT team_id FROM team_member WHERE person_id = $1))
     FOR NO KEY UPDATE`,
    [readerId, noticeId],
  );
  if (!found) throw new AppError('not-found', 'no-such-notice', `There is no notice ${noticeId} for you`);
  if (found.read) return false;
  await tx.execute('UPDATE notice SET read_at = clock_timestamp() WHERE id = $1', [noticeId]);
  return true;
}

// The details hold the whole; what is told must not fail because a name is long.
function shortened(summary: string): string {
  const characters = [...summary];
  return characters.length <= SUMMARY_CHARACTERS_MAX
    ? summary
    : `${characters.slice(0, SUMMARY_CHARACTERS_MAX - 1).join('')}…`;
}
