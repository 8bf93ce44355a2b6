/** A difference between the ledger and the register, or inside the ledger. */
type LedgerFindingKind =
  | 'unit-without-movement' // nothing received it
  | 'unit-begins-wrong' // its first movement does not receive it from nowhere
  | 'unit-chain-broken' // a movement begins elsewhere than the one before ended
  | 'unit-impossible-way' // a movement that no unit can make
  | 'unit-state-differs' // its state is not the one that the ledger leads to
  | 'unit-place-differs' // nor its location
  | 'unit-service-differs' // nor the service it is deployed in
  | 'unit-lines-differ' // the ledger has it out and no line does, or the other way round
  | 'stock-sum-differs' // the ledger does not sum to its quantity
  | 'stock-balance-differs' // a movement notes another balance than the sum so far
  | 'stock-below-zero' // the sum was negative at some time
  | 'movement-of-nothing' // its unit or stock row is not there
  | 'movement-of-other-part' // its part is not that of its unit or stock row
  | 'movement-place-differs' // its places are not those of its stock rows
  | 'movement-line-missing' // it carries out a line that is not there
  | 'line-pieces-differ'; // the pieces that went out, or came back, by the lines are not those of the ledger

/** One difference: what it is about, what was expected and what is there. */
export interface LedgerFinding {
  readonly kind: LedgerFindingKind;
  readonly subjectKind: 'unit' | 'stock' | 'movement' | 'allocation-line';
  readonly subjectId: string;
  /** The movement that shows it, where one does. */
  readonly movementId: string | null;
  /** What the ledger says, recomputed. */
  readonly expected: string;
  readonly actual: string;
}

/** What one page of rows gave. */
export interface LedgerPage {
  /** Rows looked at; 0 after the last one. */
  readonly checked: number;
  /** The next page begins behind this row. */
  readonly lastId: string | null;
  readonly findings: readonly LedgerFinding[];
  /** Findings of this page, those beyond the listed ones included. */
  readonly found: number;
}

/** The columns of the finding that each page's statement answers. */
export interface FindingRecord {
  readonly kind: LedgerFindingKind;
  readonly subject_id: string;
  readonly movement_id: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  /** How many the page has in all. */
  readonly found: string;
}
