import type { Queryable } from '../database/database.ts';
import { type AnchorSet, createAnchorCheck, readAnchors } from './anchor-check.ts';
import { type AuditFinding, FINDINGS_MAX, FindingList } from './audit-finding.ts';
import type { AuditKeys } from './audit-keys.ts';
import { countTrail, sealsBetween, unsealedIds } from './audit-verification.queries.ts';
import { CHAIN_START, type ChainPosition, checkSeal } from './chain-check.ts';
import { readHead, type SealHead } from './seal.queries.ts';

export interface VerificationOptions {
  readonly db: Queryable;
  readonly keys: AuditKeys;
  readonly anchorDirectory: string;
  /** Told after every page of seals: how many of how many are checked. */
  readonly onProgress?: (checked: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What a verification found. */
export interface AuditReport {
  /** True when something was checked and nothing was found. Never true for a trail without a seal. */
  readonly sound: boolean;
  readonly entries: number;
  /** Seals checked, each with its entry. */
  readonly sealed: number;
  readonly headSeq: string | null;
  /** Entries that no seal covers yet: an edit to one of these would not be found. */
  readonly unsealedTail: {
    readonly count: number;
    /** The first hundred. */
    readonly ids: readonly string[];
    readonly oldestSeconds: number;
  };
  readonly anchors: {
    readonly count: number;
    readonly newestSeq: string | null;
    readonly newestAt: string | null;
    /** Seals after the newest anchor: if they were cut off, nothing outside the database would tell. */
    readonly sealsSince: number;
  };
  readonly findings: readonly AuditFinding[];
  /** Findings beyond the first thousand. */
  readonly findingsOmitted: number;
  /** Remarks that are no findings. */
  readonly hints: readonly string[];
}

const PAGE_SIZE = 2000;
const TAIL_IDS_MAX = 100;

/**
 * Reads the whole trail and its anchors, and reports every edit, deletion, insertion, gap, cut tail and rewritten chain,
 * and which entries no seal covers yet. It reads only, beside a running service.
 *
 * Who could still cheat: whoever holds the key files can compute seals and sign anchors, and so, by rewriting the database
 * and every anchor, tell any story; keep copies of the anchors where that person cannot reach them. Whoever writes to the
 * database as its owner can change an entry before it is sealed (about a second), can cut off what was sealed since the
 * newest anchor that survives (about a minute), and can put in an entry with a time and an actor of their choice, though
 * only at the end of the chain: the seal's own time tells when it came. And whatever is recorded is what the service said
 * happened.
 *
 * @throws AppError `unavailable` when the database or the anchors cannot be read; the signal's reason when aborted.
 */
export async function verifyAudit(options: VerificationOptions): Promise<AuditReport> {
  const { db, keys } = options;
  const findings = new FindingList();
  // The anchors first: each was written after its seal was committed, so a sound database holds every seal they name.
  const anchors = await readAnchors(options.anchorDirectory, keys, findings);
  const head = await readHead(db);
  const sealed = head ? await checkChain(options, head, anchors, findings) : 0;
  checkTailAgainst(anchors, head, findings);
  if (head && anchors.count === 0) {
    findings.add({ kind: 'anchors-missing', message: `No anchor lies in ${options.anchorDirectory}` });
  }
  for (const entryId of await unsealedIds(db, head, { behind: true, limit: FINDINGS_MAX })) {
    const message = `Entry ${entryId} has no seal, though everything of its time was sealed: it was put in afterwards`;
    findings.add({ kind: 'entry-inserted', entryId, message });
  }
  const counts = await countTrail(db, head);
  const ids = await unsealedIds(db, head, { behind: false, limit: TAIL_IDS_MAX });
  return {
    sound: sealed > 0 && findings.listed.length === 0,
    entries: counts.entries,
    sealed,
    headSeq: head?.seq ?? null,
    unsealedTail: { count: counts.unsealed, ids, oldestSeconds: counts.oldestUnsealedSeconds },
    anchors: {
      count: anchors.count,
      newestSeq: anchors.newest?.seq ?? null,
      newestAt: anchors.newest?.at ?? null,
      sealsSince: Math.max(0, Number(BigInt(head?.seq ?? 0) - BigInt(anchors.newest?.seq ?? 0))),
    },
    findings: findings.listed,
    findingsOmitted: findings.omitted,
    hints: anchors.hints,
  };
}

async function checkChain(
  options: VerificationOptions,
  head: SealHead,
  anchors: AnchorSet,
  findings: FindingList,
): Promise<number> {
  const { db, keys } = options;
  let previous: ChainPosition = CHAIN_START;
  let sealed = 0;
  const checkAnchor = createAnchorCheck(anchors, findings);
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await sealsBetween(db, { afterSeq: previous.seq, toSeq: head.seq, limit: PAGE_SIZE });
    for (const row of rows) {
      checkSeal(row, previous, keys, findings);
      checkAnchor(row);
      previous = { seq: row.seq, mac: row.chain_mac };
    }
    sealed += rows.length;
    options.onProgress?.(sealed, Number(head.seq));
    if (rows.length < PAGE_SIZE) return sealed;
  }
}

function checkTailAgainst(anchors: AnchorSet, head: SealHead | undefined, findings: FindingList): void {
  const { newest } = anchors;
  const headSeq = BigInt(head?.seq ?? 0);
  if (!newest || BigInt(newest.seq) <= headSeq) return;
  const message = `The anchor of ${newest.at} names seal ${newest.seq}; the last one is ${headSeq}: the tail was cut, or an older backup was restored`;
  findings.add({ kind: 'tail-cut', seq: String(headSeq + 1n), message });
}
