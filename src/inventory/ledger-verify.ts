import type { Queryable } from '../database/database.ts';
import type { LedgerFinding } from './ledger-finding.ts';
import {
  countLedger,
  type LedgerPass,
  verifyLines,
  verifyMovements,
  verifyStock,
  verifyUnits,
} from './ledger-verify.queries.ts';

/** What is read, in this order, and how many rows of it at a time. */
const PASSES = {
  units: { pass: verifyUnits, pageRows: 1000 },
  stockRows: { pass: verifyStock, pageRows: 500 },
  movements: { pass: verifyMovements, pageRows: 5000 },
  lines: { pass: verifyLines, pageRows: 2000 },
} as const satisfies Record<string, { readonly pass: LedgerPass; readonly pageRows: number }>;

/** What is read: units with their histories, stock rows with their sums, movements, and lines of bulk pieces. */
export type LedgerPart = keyof typeof PASSES;

/** More findings than this are counted, not listed. */
const FINDINGS_MAX = 1000;

export interface LedgerVerification {
  readonly db: Queryable;
  /** Told after every page: so many rows of this part are checked, of about so many. */
  readonly onProgress?: (part: LedgerPart, checked: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What a verification found. */
export interface LedgerReport {
  /** True when something was checked and nothing was found; never true of an empty register. */
  readonly sound: boolean;
  readonly checked: Readonly<Record<LedgerPart, number>>;
  readonly findings: readonly LedgerFinding[];
  /** Findings beyond the first thousand. */
  readonly findingsOmitted: number;
}

/**
 * Recomputes every unit's place and state and every stock row's quantity from the ledger alone, and compares them with
 * the register and with the lines of allocations. It reads only, page by page, beside a running service: each page is one
 * moment, so what moves meanwhile is seen before or after, never half.
 *
 * What it cannot see: a movement that was put in, or a pair that was taken out, whole and in keeping with everything
 * around it. That is what the audit trail is for.
 * @throws the reason of `signal` when it is aborted.
 */
export async function verifyLedger({ db, onProgress, signal }: LedgerVerification): Promise<LedgerReport> {
  const checked = { units: 0, stockRows: 0, movements: 0, lines: 0 };
  const findings: LedgerFinding[] = [];
  let found = 0;
  const [units, stockRows, movements, lines] = await countLedger(db);
  const totals = { units, stockRows, movements, lines };
  for (const part of Object.keys(PASSES) as LedgerPart[]) {
    const { pass, pageRows } = PASSES[part];
    for (let after: string | null = null; ; ) {
      signal?.throwIfAborted();
      const page = await pass(db, after, pageRows);
      if (page.checked === 0) break;
      checked[part] += page.checked;
      found += page.found;
      findings.push(...page.findings.slice(0, FINDINGS_MAX - findings.length));
      onProgress?.(part, checked[part], totals[part]);
      after = page.lastId;
    }
  }
  const rows = Object.values(checked).reduce((sum, count) => sum + count, 0);
  return { sound: rows > 0 && found === 0, checked, findings, findingsOmitted: found - findings.length };
}
