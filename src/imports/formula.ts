/** Begins what spreadsheets take for a formula, or what stands for text in them. */
const RISKY = /^['=+\-@\t\r]/;

/**
 * A cell that no spreadsheet carries out: what looks like a formula gets an apostrophe in front, which spreadsheets read as
 * "text" (OWASP, CSV injection). So does what begins with one itself, so that {@link unguarded} can undo it exactly.
 */
export function guarded(value: string): string {
  return RISKY.test(value) ? `'${value}` : value;
}

/** Undoes {@link guarded}. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && RISKY.test(cell.slice(1)) ? cell.slice(1) : cell;
}
