import type { Tx } from '../../database/database.ts';
import { newId } from '../../kernel/ids.ts';

/** Notices that one digest lists at the most: more than any channel takes one by one. */
const LISTED_MAX = 200;

/**
 * Where more deliveries than so many are due for one address of a channel, makes one message of them: a digest, due as they are,
 * whose attempts are theirs. Emergencies go by themselves, and so does what was tried before, since the receiver may know it by
 * its own id. The caller holds the channel.
 */
export async function bundleDue(tx: Tx, channelId: string, digestAbove: number): Promise<void> {
  await tx.execute(
    `WITH due AS (
       SELECT id, urgency, due_at, address,
         (row_number() OVER (PARTITION BY address ORDER BY urgency DESC, due_at, id) - 1) / $4 AS part
       FROM notice_delivery
       WHERE channel_id = $1 AND state = 'waiting' AND kind = 'notice' AND attempt = 0 AND urgency < 4
         AND due_at <= clock_timestamp()
     ), bundle AS (
       SELECT address, part, max(urgency) AS urgency, min(due_at) AS due_at,
         overlay(gen_random_uuid()::text PLACING left($3, 15) FROM 1)::uuid AS id
       FROM due GROUP BY address, part HAVING count(*) > $2
     ), digest AS (
       INSERT INTO notice_delivery (id, kind, channel_id, urgency, address, due_at)
       SELECT id, 'digest', $1, urgency, address, due_at FROM bundle
     )
     UPDATE notice_delivery d SET state = 'bundled', digest_id = bundle.id
     FROM due JOIN bundle ON bundle.part = due.part AND bundle.address IS NOT DISTINCT FROM due.address
     WHERE d.id = due.id`,
    [channelId, digestAbove, newId(), LISTED_MAX],
  );
}

/** What a digest lists fares as it does. */
export async function settleListed(tx: Tx, digestId: string, state: 'delivered' | 'dead'): Promise<void> {
  await tx.execute(
    `UPDATE notice_delivery SET state = $2, settled_at = clock_timestamp() WHERE digest_id = $1 AND state = 'bundled'`,
    [digestId, state],
  );
}

/** Has what a digest lists wait for it again. */
export async function reviveListed(tx: Tx, digestId: string): Promise<void> {
  await tx.execute(
    `UPDATE notice_delivery SET state = 'bundled', settled_at = NULL WHERE digest_id = $1 AND state = 'dead'`,
    [digestId],
  );
}
