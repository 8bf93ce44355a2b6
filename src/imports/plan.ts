import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import type { LockedImport } from './import.store.ts';
import type { OnProgress } from './import.ts';
import { type ComparedKind, type ImportKind, PLANNED, STAGED } from './import-kind.ts';
import { plannedTable, planStatement, repeatedStatements, stagedStatements } from './plan-sql.ts';
import { noteUnread } from './planned-line.store.ts';

/** Lines that one statement plans, so that none runs long and progress is seen. */
const PLANNED_AT_ONCE = 10_000;

/** Lines that one statement lays out. */
const STAGED_AT_ONCE = 100_000;

/**
 * Works out what each line would do, from what is there now, and leaves it in a table of this transaction. Everything that it
 * is judged by is held first, so it stays so until the transaction ends.
 * @param caller whose act it would be.
 */
export async function planLines(
  tx: Tx,
  kind: ImportKind,
  found: LockedImport,
  caller: Caller,
  onProgress: OnProgress,
): Promise<void> {
  const staged = stagedStatements(kind);
  await tx.execute(staged.make);
  await tx.execute(plannedTable(kind));
  for (let from = 1; from <= found.lastLine; from += STAGED_AT_ONCE) {
    await tx.execute(staged.fill, [found.id, from, from + STAGED_AT_ONCE - 1]);
  }
  await tx.execute(`ANALYZE ${STAGED}`);
  if ('plan' in kind) {
    const onLines = (done: number) => onProgress({ step: 'checking', done, total: found.lines });
    await onLines(0);
    await noteUnread(tx);
    await kind.plan(tx, caller, onLines);
  } else {
    await compare(tx, kind, found, onProgress);
  }
  for (const repeated of repeatedStatements(kind)) await tx.execute(repeated);
  if ('judge' in kind) await kind.judge?.(tx);
  await tx.execute(`ANALYZE ${PLANNED}`);
}

async function compare(
  tx: Tx,
  kind: ComparedKind,
  { lastLine, lines, defaults }: LockedImport,
  onProgress: OnProgress,
): Promise<void> {
  await kind.hold(tx);
  const statement = planStatement(kind);
  for (let from = 1; from <= lastLine; from += PLANNED_AT_ONCE) {
    await onProgress({ step: 'checking', done: Math.min(from - 1, lines), total: lines });
    await tx.execute(statement, [from, from + PLANNED_AT_ONCE - 1, JSON.stringify(defaults)]);
  }
}
