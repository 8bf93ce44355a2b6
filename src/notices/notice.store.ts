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
export async function postNotice(tx: Tx, notice: NewNotice): Promise<number> {
  // In one order, so that two transactions that tell the same people do not wait for each other in a circle.
  const recipients = [...new Set(notice.recipients)].toSorted();
  if (recipients.length === 0) return 0;
  const [told] = await tx.rows<{ notices: number }>(
    `WITH told AS (
       INSERT INTO notice (id, recipient_id, kind, subject_kind, subject_id, summary, details, once_key, urgency)
       SELECT told.id, told.recipient_id, $3, $4, $5, $6, $7::jsonb, $8, $9
       FROM unnest($1::uuid[], $2::uuid[]) AS told (id, recipient_id)
       ON CONFLICT (recipient_id, once_key) DO NOTHING
       RETURNING id, recipient_id, kind, urgency
     ), carried AS (${CARRY_TOLD})
     SELECT count(*)::integer AS notices FROM told`,
    [
      recipients.map(() => newId()),
      recipients,
      notice.kind,
      notice.subjectKind,
      notice.subjectId,
      shortened(notice.summary),
      JSON.stringify(notice.details ?? {}),
      notice.onceKey,
      notice.urgency ?? 1,
    ],
  );
  return told?.notices ?? 0;
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
