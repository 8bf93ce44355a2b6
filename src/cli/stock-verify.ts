import type { LedgerFinding } from '../inventory/ledger-finding.ts';
import { type LedgerPart, type LedgerReport, verifyLedger } from '../inventory/ledger-verify.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs } from './output.ts';
import { createRatedMeter } from './progress-meter.ts';
import { withRuntime } from './with-runtime.ts';

/** What each part is called while it is read. */
const WORDS: Readonly<Record<LedgerPart, string>> = {
  units: 'units',
  stockRows: 'stock rows',
  movements: 'movements',
  lines: 'lines of check-outs',
};

/** Recomputes the register from the ledger. @returns the exit status: 0 only when rows were checked and nothing differs. */
export async function verifyStockLedger(context: CommandContext): Promise<number> {
  const report = await withRuntime(context, { writes: false }, ({ db, clock }, signal) => {
    const show = createRatedMeter(context.output, clock);
    return verifyLedger({
      db,
      onProgress: (part, done, total) => show({ label: WORDS[part], unit: 'rows', done, total }),
      signal,
    });
  });
  context.output.answer(report, linesOf);
  return report.sound ? EXIT.ok : EXIT.failed;
}

function linesOf({ sound, checked, findings, findingsOmitted }: LedgerReport): string[] {
  const differences = findings.length + findingsOmitted;
  const rows = Object.values(checked).reduce((sum, count) => sum + count, 0);
  const verdict =
    differences > 0 ? `NOT sound: ${differences} differences` : 'nothing could be checked: 0 rows checked';
  return [
    ...pairs([
      ['Verdict', sound ? `sound, ${rows} rows checked` : verdict],
      ['Units', String(checked.units)],
      ['Stock rows', String(checked.stockRows)],
      ['Movements', String(checked.movements)],
      ['Lines', `${checked.lines} with pieces of bulk parts`],
    ]),
    ...findings.map(findingLine),
    ...(findingsOmitted > 0 ? [`FOUND  and ${findingsOmitted} more`] : []),
  ];
}

function findingLine({ kind, subjectKind, subjectId, movementId, expected, actual }: LedgerFinding): string {
  const at = movementId === null || subjectKind === 'movement' ? '' : `, movement ${movementId}`;
  return `FOUND  ${kind}: ${subjectKind} ${subjectId}${at}: expected ${expected}, is ${actual}`;
}
