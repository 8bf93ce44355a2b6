import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type Anchor, signAnchor } from './anchor.ts';
import { appendAnchor, newestAnchor } from './anchor-file.ts';
import type { AuditKeys } from './audit-keys.ts';
import { readChainMac, readHead } from './seal.store.ts';

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
  if (!head || newest?.seq === head.seq) return newest;
  const statement = { kind: 'head', seq: head.seq, chainMac: head.chainMac } as const;
  const anchor = signAnchor(keys, statement, anchoring.clock.now());
  await appendAnchor(anchorDirectory, anchor);
  return anchor;
}

/**
 * States, signed and for good, that the database was put back to its present head on purpose. Anchors made before this
 * for later seals bind no longer; the report of every later verification shows the statement and the reason. For whoever
 * restores an older backup under a directory that holds newer anchors.
 *
 * @throws AppError `conflict` `nothing-sealed`; as {@link anchorHead}.
 */
export async function acknowledgeRewind(anchoring: Anchoring, reason: string): Promise<Anchor> {
  const head = await readHead(anchoring.db);
  if (!head) throw new AppError('conflict', 'nothing-sealed', 'Nothing is sealed yet: there is no head to anchor');
  const statement = { kind: 'rewind', seq: head.seq, chainMac: head.chainMac, reason } as const;
  const anchor = signAnchor(anchoring.keys, statement, anchoring.clock.now());
  await appendAnchor(anchoring.anchorDirectory, anchor);
  return anchor;
}

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
