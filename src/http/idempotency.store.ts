import { createHash, hash } from 'node:crypto';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/** One write that may be repeated: whose, which route, and the key that the caller chose. */
export interface IdempotentWrite {
  readonly principalId: string;
  readonly operationId: string;
  readonly key: string;
  /** SHA-256 over path, query and body: the same key with anything else is a mistake. */
  readonly requestHash: Buffer;
}

/** What was answered, and is answered again. */
export interface StoredAnswer {
  readonly status: number;
  /** JSON text; null when there was none, or when it held a secret. */
  readonly body: string | null;
  readonly etag: string | null;
  readonly location: string | null;
}

/** How long an answer can be had again. */
const KEPT_HOURS = 24;

/** Rows that one statement deletes, so that none runs long. */
const PURGE_BATCH = 5000;

/** The digest that tells a repetition from another request under the same key. */
export function requestHashOf(url: string, body: Uint8Array): Buffer {
  return createHash('sha256').update(url).update('\0').update(body).digest();
}

/**
 * Claims the key for this transaction, and answers what was answered before, if anything. Lock and look-up are two
 * statements, sent together: the second sees what the holder of the lock before it has committed. Neither leaves anything
 * behind, so both may go out with `BEGIN`.
 * @throws AppError `conflict` `request-in-progress`; `unprocessable` `idempotency-key-reused`.
 */
export async function claimKey(tx: Tx, write: IdempotentWrite): Promise<StoredAnswer | undefined> {
  const [claimed, found] = await Promise.all([
    tx.rows<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1, $2) AS got', [
      ADVISORY_LOCKS.idempotency,
      lockNumberOf(write),
    ]),
    tx.rows<StoredAnswer & { requestHash: Buffer }>(
      `SELECT status, body, etag, location, request_hash AS "requestHash" FROM idempotency_record
       WHERE principal_id = $1 AND operation_id = $2 AND key = $3`,
      [write.principalId, write.operationId, write.key],
    ),
  ]);
  if (!claimed[0]?.got) {
    throw new AppError(
      'conflict',
      'request-in-progress',
      'A request with this Idempotency-Key is being carried out: repeat it in a moment to get its answer',
    );
  }
  const stored = found[0];
  if (stored && !stored.requestHash.equals(write.requestHash)) {
    throw new AppError(
      'unprocessable',
      'idempotency-key-reused',
      'This Idempotency-Key was used with another path, query or body: take a new key for a new request',
    );
  }
  return stored;
}

/** Keeps the answer in the transaction of its effect, so that neither exists without the other. */
export function storeAnswer(tx: Tx, write: IdempotentWrite, answer: StoredAnswer): void {
  tx.defer(
    `INSERT INTO idempotency_record (principal_id, operation_id, key, request_hash, status, body, etag, location)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      write.principalId,
      write.operationId,
      write.key,
      write.requestHash,
      answer.status,
      answer.body,
      answer.etag,
      answer.location,
    ],
  );
}

/** Deletes answers older than 24 hours, in batches. Answers how many. For a job. */
export async function purgeIdempotencyRecords(db: Database): Promise<number> {
  let purged = 0;
  for (;;) {
    const batch = await db.execute(
      `DELETE FROM idempotency_record WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM idempotency_record WHERE created_at < now() - make_interval(hours => $1) LIMIT $2))`,
      [KEPT_HOURS, PURGE_BATCH],
    );
    purged += batch;
    if (batch < PURGE_BATCH) return purged;
  }
}

/** 32 bits of a digest: two keys that share them get a needless 409 when they meet in the same moment, no more. */
function lockNumberOf(write: IdempotentWrite): number {
  const name = JSON.stringify([write.principalId, write.operationId, write.key]);
  return hash('sha256', name, 'buffer').readInt32BE();
}
