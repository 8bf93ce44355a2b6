import type { Queryable } from '../database/database.ts';
import { newestAnchor } from './anchor-file.ts';
import type { AuditKeys } from './audit-keys.ts';
import { readBacklog, readHead, readSealAt } from './seal.queries.ts';

/** How far the trail is sealed and anchored, as far as looking shows; nothing is checked. */
export interface SealStatus {
  readonly seal: { readonly seq: string; readonly entryId: string; readonly sealedAt: string } | null;
  /** For how long the oldest entry without a seal has waited; 0 when there is none. */
  readonly waitingSeconds: number;
  readonly anchor: { readonly seq: string; readonly at: string } | null;
}

/** @throws AppError `unavailable` when the database or the anchors cannot be read. */
export async function readSealStatus(options: {
  readonly db: Queryable;
  readonly keys: AuditKeys;
  readonly anchorDirectory: string;
}): Promise<SealStatus> {
  const { db, keys, anchorDirectory } = options;
  const head = await readHead(db);
  const { oldestSeconds } = await readBacklog(db, head);
  const anchor = await newestAnchor(anchorDirectory, keys.publicKey);
  return {
    seal: head ? await readSealAt(db, head.seq) : null,
    waitingSeconds: oldestSeconds,
    anchor: anchor ? { seq: anchor.seq, at: anchor.at } : null,
  };
}
