import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type Anchor, signAnchor } from './anchor.ts';
import { readAnchors } from './anchor-check.ts';
import { appendAnchor, newestAnchor } from './anchor-file.ts';
import { FindingList } from './audit-finding.ts';
import type { AuditKeys } from './audit-keys.ts';
import { readChainMac, readHead } from './seal.queries.ts';

/** What anchoring needs. */
export interface Anchoring {
  readonly db: Database;
  readonly keys: AuditKeys;
  readonly anchorDirectory: string;
  readonly clock: Clock;
}

/**
 * Anchors the head of the chain, unless the newest anchor names it already. Before it signs anything, the newest anchor
 * is held against the database: a chain that contradicts it is not anchored on top.
 *
 * @param known the anchor that the call before answered: spares reading the file again.
 * @returns the anchor that now names the head; undefined while nothing is sealed.
 * @throws AppError `conflict` `chain-contradicts-anchor`; `anchor-not-written`; `database-unavailable`.
 */
export async function anchorHead(anchoring: Anchoring, known?: Anchor): Promise<Anchor | undefined> {
  const { db, keys, anchorDirectory } = anchoring;
  const newest = known && (await agrees(db, known)) ? known : await newestAnchor(anchorDirectory, keys.publicKey);
  if (newest && !(await agrees(db, newest))) throw contradiction(newest);
  const head = await readHead(db);
  // What was cut since the look above is not anchored over.
  if (head && newest && BigInt(head.seq) < BigInt(newest.seq)) throw contradiction(newest);
  if (!head || newest?.seq === head.seq) return newest;
  const statement = { kind: 'head', seq: head.seq, chainMac: head.chainMac } as const;
  const anchor = signAnchor(keys, statement, anchoring.clock.now());
  await appendAnchor(anchorDirectory, anchor);
  return anchor;
}

/**
 * States, signed and for good, that the database was put back to an earlier seal on purpose. Anchors made before this for
 * later seals bind no longer; the report of every later verification shows the statement and the reason. For whoever puts
 * an older database under a directory that holds newer anchors, also when new entries have been sealed on it since.
 *
 * @throws AppError `conflict` `nothing-sealed`, `no-common-seal`; as {@link anchorHead}.
 */
export async function acknowledgeRewind(anchoring: Anchoring, reason: string): Promise<Anchor> {
  const { db, keys, anchorDirectory, clock } = anchoring;
  const head = await readHead(db);
  if (!head) throw new AppError('conflict', 'nothing-sealed', 'Nothing is sealed yet: there is no head to anchor');
  const { seq, chainMac } = await lastCommonSeal(anchoring, head);
  const anchor = signAnchor(keys, { kind: 'rewind', seq, chainMac, reason }, clock.now());
  await appendAnchor(anchorDirectory, anchor);
  return anchor;
}

/**
 * The head itself while no anchor contradicts what is there; else the last anchored seal before the two histories part. A
 * code covers everything before it, so the anchors agree up to some seal and contradict from then on: halving finds it.
 */
async function lastCommonSeal({ db, keys, anchorDirectory }: Anchoring, head: Statement): Promise<Statement> {
  const { bySeq } = await readAnchors(anchorDirectory, keys, new FindingList());
  const within = [...bySeq.values()]
    .filter(({ seq }) => BigInt(seq) <= BigInt(head.seq))
    .toSorted((one, other) => (BigInt(one.seq) < BigInt(other.seq) ? -1 : 1));
  let agreeing = 0;
  for (let contradicting = within.length; agreeing < contradicting; ) {
    const middle = Math.floor((agreeing + contradicting) / 2);
    const anchor = within[middle];
    if (anchor && (await agrees(db, anchor))) agreeing = middle + 1;
    else contradicting = middle;
  }
  if (agreeing === within.length) return head;
  const common = within[agreeing - 1];
  if (common) return common;
  throw new AppError(
    'conflict',
    'no-common-seal',
    'No anchor agrees with the trail: it is another one from its beginning, and no statement makes it this one',
  );
}

type Statement = Pick<Anchor, 'seq' | 'chainMac'>;

async function agrees(db: Database, anchor: Anchor): Promise<boolean> {
  return (await readChainMac(db, anchor.seq)) === anchor.chainMac;
}

function contradiction(anchor: Anchor): AppError {
  return new AppError(
    'conflict',
    'chain-contradicts-anchor',
    `Audit seal ${anchor.seq}, anchored at ${anchor.at}, is gone or has another code: the trail was cut or rewritten, or an older backup was restored. Run muster audit verify`,
  );
}
