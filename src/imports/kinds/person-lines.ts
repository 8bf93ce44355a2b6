import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { EMPTIED } from '../../people/person-cells.ts';
import { administratorIds, knownOf, namedBy } from '../../people/person-import.queries.ts';
import { applyLines } from '../../people/person-import.service.ts';
import { holdForImport } from '../../people/person-import.store.ts';
import { IMPORT_COLUMNS, type PersonLine, type PlannedLine as PersonPlan } from '../../people/person-import.ts';
import { type ImportPlan, planImport } from '../../people/person-import-plan.ts';
import type { ApplyAct } from '../import-kind.ts';
import { notePlanned, type PlannedLine, type StagedLine, stagedLines } from '../planned-line.store.ts';

/** Lines of one file: all of them are planned together, in memory. */
const LINES_MAX = 20_000;

/** Notes what lines would do to persons. @throws AppError `unprocessable` `too-many-lines`. */
export async function planPersons(tx: Tx, caller: Caller): Promise<void> {
  const { lines, problems } = await planned(tx, caller);
  const troublesOf = Map.groupBy(problems, ({ line }) => line);
  await notePlanned(
    tx,
    lines.map(
      ({ line, outcome, person, changes }): PlannedLine => ({
        line,
        outcome: OUTCOMES[outcome],
        subjectId: person?.id ?? null,
        problems: (troublesOf.get(line) ?? []).map(({ column = null, message }) => ({ field: column, message })),
        changes: outcome === 'change' ? changes.map(changeOf) : [],
      }),
    ),
  );
}

/** Carries the lines out, as the API does for each person and team. */
export async function applyPersons(tx: Tx, { caller }: ApplyAct): Promise<void> {
  const { lines } = await planned(tx, caller);
  await applyLines(
    tx,
    caller,
    lines.filter(({ outcome }) => outcome === 'create' || outcome === 'change'),
  );
}

const OUTCOMES = { create: 'create', change: 'update', unchanged: 'unchanged', refused: 'error' } as const;

const changeOf = ({ column, before, after }: PersonPlan['changes'][number]) => ({
  field: column,
  before: before === '' ? null : before,
  after: after === '' ? null : after,
});

async function planned(tx: Tx, { principal }: Caller): Promise<ImportPlan> {
  const staged = await stagedLines(tx, LINES_MAX + 1);
  if (staged.length > LINES_MAX) {
    const message = `A file of persons has at most ${LINES_MAX} lines: bring it in in parts`;
    throw new AppError('unprocessable', 'too-many-lines', message);
  }
  const lines = staged.map(lineOf);
  const named = namedBy(lines);
  await holdForImport(tx, named);
  return planImport(lines, await knownOf(tx, named), principal, await administratorIds(tx));
}

/** As a file writes it. */
function lineOf({ line, ...staged }: StagedLine): PersonLine {
  const cells = IMPORT_COLUMNS.slice(1).flatMap((column): [(typeof IMPORT_COLUMNS)[number], string][] => {
    const cell = staged[column] ?? null;
    return cell === null ? [] : [[column, cell === '' ? EMPTIED : cell]];
  });
  return { line, email: staged.email ?? '', cells: new Map(cells) };
}
