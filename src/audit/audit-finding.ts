/** What is wrong with an audit trail. Each kind is the root of a damage; what merely follows from it is not listed again. */
type AuditFindingKind =
  | 'entry-edited' // the entry differs from what was sealed
  | 'entry-deleted' // the seal stands, its entry is gone
  | 'entry-inserted' // an entry without a seal, in a part that was sealed completely
  | 'seal-edited' // the seal's own code does not fit it and its predecessor
  | 'seals-missing' // a gap in the numbers
  | 'seal-key-unknown' // sealed with a key that is not at hand: nothing can be said
  | 'tail-cut' // an anchor names a seal beyond the last one
  | 'chain-rewritten' // an anchor names another code for a seal: the chain was computed anew
  | 'anchor-forged' // an anchor line that the signing key did not sign
  | 'anchors-missing'; // there are seals, and no anchor to hold them against

/** One damage to the trail: its kind, and the seal, entry or anchor line that shows it. */
export interface AuditFinding {
  readonly kind: AuditFindingKind;
  /** What was found, and where: one sentence. */
  readonly message: string;
  readonly seq?: string;
  readonly entryId?: string;
  readonly file?: string;
  readonly line?: number;
}

/** More findings than this are counted, not listed. */
export const FINDINGS_MAX = 1000;

/** Collects findings up to {@link FINDINGS_MAX}. */
export class FindingList<Finding = AuditFinding> {
  readonly listed: Finding[] = [];
  omitted = 0;

  add(finding: Finding): void {
    if (this.listed.length < FINDINGS_MAX) this.listed.push(finding);
    else this.omitted += 1;
  }
}
