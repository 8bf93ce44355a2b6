import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { recordAudit } from './audit.store.ts';
import type { AuditKeys } from './audit-keys.ts';
import { SYSTEM_ACTOR } from './entry.ts';
import { isAheadOfCluster, readClusterId, readHead, readXmin, type SealHead, UNSEALED } from './seal.queries.ts';
import { chainMac, ENTRY_COLUMNS, type EntryText, entryMac } from './seal.ts';

/** What one transaction of sealing did. */
export interface SealRound {
  /** False when another process is sealing at this moment; then nothing was done. */
  readonly held: boolean;
  readonly sealed: number;
  /** More entries may be ready: call again. */
  readonly more: boolean;
}

type Candidate = EntryText & { readonly sealed_at_micros: string };

/** A place in the order of (xact_id, id). */
type ResumePoint = readonly [xactId: string, entryId: string];

/** Continues the chain: what a batch is linked to, and what its rows record. */
interface Link {
  readonly head: SealHead | undefined;
  readonly clusterId: string;
  readonly resumeAt: (entry: Candidate) => ResumePoint;
}

/**
 * Seals the next entries, in the order of (xact_id, id).
 *
 * Why none is skipped or sealed twice, although ids commit out of order: an entry's `xact_id` is the transaction that
 * wrote it (a trigger sees to it). Every transaction below `pg_snapshot_xmin` has ended, so the entries below it are
 * final: none can still appear. Only those are sealed, and each seal records its resume point: everything up to there that
 * will ever be is sealed. The next round begins behind it and leaves out what has a seal already. The
 * unique constraint on `entry_id` and the gapless numbering hold the same in the database. Writers wait for nothing; a
 * long transaction delays the seals of entries that were written after it began, and the report names them.
 *
 * Transaction numbers mean something in their own cluster only. When the database wakes up in another one (a restored
 * dump, a major upgrade), the first round there seals whatever is visible and unsealed, records that it did, and counts
 * on from the new cluster's numbers.
 */
export async function sealNext(tx: Tx, keys: AuditKeys, batchSize: number): Promise<SealRound> {
  const [lock] = await tx.rows<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
    ADVISORY_LOCKS.auditSealer,
  ]);
  if (!lock?.held) return { held: false, sealed: 0, more: false };
  const head = await readHead(tx);
  const clusterId = await readClusterId(tx);
  if (!head || head.clusterId !== clusterId || (await isAheadOfCluster(tx, head.resumeXactId))) {
    return { held: true, sealed: await adoptCluster(tx, keys, { head, clusterId, batchSize }), more: false };
  }
  const entries = await tx.rows<Candidate>(
    `SELECT ${CANDIDATE_COLUMNS} FROM audit_entry e
     WHERE (e.xact_id, e.id) > ($1::xid8, $2::bigint) AND e.xact_id < pg_snapshot_xmin(pg_current_snapshot())
       AND ${UNSEALED}
     ORDER BY e.xact_id, e.id LIMIT $3`,
    [head.resumeXactId, head.resumeEntryId, batchSize],
  );
  await insertSeals(tx, keys, entries, { head, clusterId, resumeAt: (entry) => [entry.xact_id, entry.id] });
  return { held: true, sealed: entries.length, more: entries.length === batchSize };
}

const CANDIDATE_COLUMNS = `${ENTRY_COLUMNS},
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS sealed_at_micros`;

/**
 * Seals everything that is visible without a seal, whatever its transaction number. What is not visible yet has a number
 * of this cluster, at or above the snapshot's lower bound, and that bound is taken before the first entry is read: so the
 * rounds that follow find it.
 */
async function adoptCluster(
  tx: Tx,
  keys: AuditKeys,
  place: { readonly head: SealHead | undefined; readonly clusterId: string; readonly batchSize: number },
): Promise<number> {
  const { clusterId, batchSize } = place;
  await recordAudit(tx, {
    actor: SYSTEM_ACTOR,
    action: place.head ? 'audit-chain.continue' : 'audit-chain.begin',
    subjectKind: 'audit-chain',
    subjectId: `cluster ${clusterId}`,
    details: place.head ? { after: { seq: place.head.seq, cluster: place.head.clusterId } } : {},
  });
  const resumePoint: ResumePoint = [await readXmin(tx), '0'];
  let head = place.head;
  let sealed = 0;
  for (let afterId = '0'; ; ) {
    const entries: Candidate[] = await tx.rows<Candidate>(
      `SELECT ${CANDIDATE_COLUMNS} FROM audit_entry e
       WHERE e.id > $1::bigint AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)
       ORDER BY e.id LIMIT $2`,
      [afterId, batchSize],
    );
    head = await insertSeals(tx, keys, entries, { head, clusterId, resumeAt: () => resumePoint });
    sealed += entries.length;
    const last = entries.at(-1);
    if (!last || entries.length < batchSize) return sealed;
    afterId = last.id;
  }
}

async function insertSeals(
  tx: Tx,
  keys: AuditKeys,
  entries: readonly Candidate[],
  link: Link,
): Promise<SealHead | undefined> {
  let head = link.head;
  const rows: unknown[] = [];
  for (const entry of entries) {
    const [resumeXactId, resumeEntryId] = link.resumeAt(entry);
    const seal = {
      seq: head ? String(BigInt(head.seq) + 1n) : '1',
      previous_mac: head?.chainMac ?? null,
      entry_id: entry.id,
      sealed_at_micros: entry.sealed_at_micros,
      key_id: keys.sealKeyId,
      cluster_id: link.clusterId,
      resume_xact_id: resumeXactId,
      resume_entry_id: resumeEntryId,
      entry_mac: entryMac(keys.sealKey, entry),
    };
    const mac = chainMac(keys.sealKey, seal);
    rows.push({ ...seal, chain_mac: mac });
    head = { seq: seal.seq, chainMac: mac, clusterId: link.clusterId, resumeXactId, resumeEntryId };
  }
  if (rows.length > 0) await tx.execute(INSERT_SEALS, [JSON.stringify(rows)]);
  return head;
}

const INSERT_SEALS = `
  INSERT INTO audit_seal (seq, previous_seq, entry_id, sealed_at, key_id, cluster_id, resume_xact_id,
                          resume_entry_id, entry_mac, chain_mac)
  SELECT seq, nullif(seq - 1, 0), entry_id, timestamptz 'epoch' + sealed_at_micros * interval '1 microsecond', key_id,
         cluster_id, resume_xact_id::xid8, resume_entry_id, decode(entry_mac, 'hex'), decode(chain_mac, 'hex')
  FROM jsonb_to_recordset($1::jsonb) AS r(seq bigint, entry_id bigint, sealed_at_micros bigint, key_id text,
       cluster_id text, resume_xact_id text, resume_entry_id bigint, entry_mac text, chain_mac text)`;
