import { type Anchor, anchorIsSigned } from './anchor.ts';
import { type AnchorLine, readAnchorLines } from './anchor-file.ts';
import type { FindingList } from './audit-finding.ts';
import type { AuditKeys } from './audit-keys.ts';

/** What the anchors say. */
export interface AnchorSet {
  /** The signed anchors that still bind, by the number of their seal. */
  readonly bySeq: ReadonlyMap<string, Anchor>;
  readonly count: number;
  readonly newest: Anchor | undefined;
  /** Remarks that are no finding: a torn line, an acknowledged rewind. */
  readonly hints: readonly string[];
}

/**
 * Reads and checks a directory's anchors. Lines that the key's holder did not sign are findings; a line that a crash cut
 * short is a hint. Anchors that an acknowledged rewind set aside bind no more.
 */
export async function readAnchors(directory: string, keys: AuditKeys, findings: FindingList): Promise<AnchorSet> {
  const signed: Anchor[] = [];
  const hints: string[] = [];
  for await (const line of readAnchorLines(directory)) {
    const anchor = signedAnchor(line, keys);
    if (anchor) signed.push(anchor);
    else if (line.torn)
      hints.push(`Line ${line.line} of ${line.file} is the beginning of an anchor: its write was cut short`);
    else findings.add({ kind: 'anchor-forged', file: line.file, line: line.line, message: forgedMessage(line, keys) });
  }
  const rewinds = signed.filter((anchor) => anchor.kind === 'rewind');
  const binding = signed.filter((anchor) => !rewinds.some((rewind) => setsAside(rewind, anchor)));
  for (const rewind of rewinds) {
    hints.push(`The trail was put back to seal ${rewind.seq}, acknowledged at ${rewind.at}: ${rewind.reason}`);
  }
  return {
    // Of two anchors for one seal the first one counts: the later one may have been signed over a rewritten chain.
    bySeq: new Map(binding.toReversed().map((anchor) => [anchor.seq, anchor])),
    count: signed.length,
    newest: binding.reduce<Anchor | undefined>((last, each) => (last && isAfter(last, each) ? last : each), undefined),
    hints,
  };
}

/**
 * Holds the seals, in order, against the anchors. One rewriting contradicts every anchor after it: the first one is the
 * finding, and it says between which two seals the rewriting began.
 */
export function createAnchorCheck(anchors: AnchorSet, findings: FindingList) {
  let agreedSeq = '0';
  let rewritten = false;
  return (seal: { readonly seq: string; readonly chain_mac: string }): void => {
    const anchor = anchors.bySeq.get(seal.seq);
    if (!anchor || rewritten) return;
    if (anchor.chainMac === seal.chain_mac) {
      agreedSeq = seal.seq;
      return;
    }
    rewritten = true;
    const message = `Seal ${seal.seq} is not the one that was anchored at ${anchor.at}: the chain was rewritten after seal ${agreedSeq}`;
    findings.add({ kind: 'chain-rewritten', seq: seal.seq, message });
  };
}

function signedAnchor({ anchor }: AnchorLine, keys: AuditKeys): Anchor | undefined {
  if (!anchor || anchor.keyId !== keys.signingKeyId) return undefined;
  return anchorIsSigned(anchor, keys.publicKey) ? anchor : undefined;
}

function forgedMessage({ file, line, anchor }: AnchorLine, keys: AuditKeys): string {
  const place = `Line ${line} of ${file}`;
  if (!anchor) return `${place} is no anchor`;
  if (anchor.keyId !== keys.signingKeyId) return `${place} names the signing key ${anchor.keyId}, which is not at hand`;
  return `${place} bears a signature that does not fit`;
}

/** An earlier rewind to a later seal as well: what it led to is gone like the rest. */
const setsAside = (rewind: Anchor, anchor: Anchor) => anchor.at <= rewind.at && BigInt(anchor.seq) > BigInt(rewind.seq);

const isAfter = (one: Anchor, other: Anchor) => BigInt(one.seq) > BigInt(other.seq);
