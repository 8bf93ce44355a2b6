import type { Tx } from '../../database/database.ts';
import { readCsv } from '../../kernel/csv.ts';
import { AppError, type FieldProblem } from '../../kernel/errors.ts';
import { ensureStockRows } from '../stock.store.ts';
import { countFileLines } from './count-file.ts';
import { type LineContext, type ReadCountLine, readCountLine, rowOfPieces } from './count-lines.ts';
import { countedBefore, registeredPlaces, verdictOf } from './count-verdict.queries.ts';
import { type CountableRow, countableRows, countedPlaces, scanCandidates } from './counted-thing.queries.ts';
import { isShown } from './difference.queries.ts';
import { type LockedStocktake, shareStocktake } from './stocktake.store.ts';
import type { CountedThing, CountLine, Counts } from './stocktake.ts';
import { insertCounts, type NewCount } from './stocktake-count.store.ts';

/** Who counted what, and how it came in. */
export interface CountRequest {
  readonly stocktakeId: string;
  /** The principal who counted. */
  readonly countedBy: string;
  readonly source: 'scan' | 'file';
  readonly counts: Counts;
}

/**
 * Takes down what one person counted, all lines or none. Nothing else changes but when each piece was last seen. A code that
 * nothing bears is kept as it was scanned; the answer says nothing of what was expected.
 * @throws AppError `not-found` `no-such-stocktake`; `conflict` `stocktake-state`; `unprocessable` `count-refused`, naming
 *   each line that is wrong; `counted-at-other-time`.
 */
export async function recordCounts(tx: Tx, request: CountRequest): Promise<CountedThing[]> {
  const { stocktakeId, countedBy, source, counts } = request;
  const stocktake = await shareStocktake(tx, stocktakeId);
  const lines = await readLines(tx, stocktakeId, counts);
  const stockIds = await stockOf(tx, counts.lines, lines);
  const rows = lines.map((line, index): NewCount => {
    const countedAt = counts.lines[index]?.countedAt ?? counts.countedAt;
    const common = { counted: line.counted, locationId: line.place?.id, countedAt };
    if (line.kind === 'unit') return { ...common, unitId: line.unit.id };
    return line.kind === 'pieces' ? { ...common, stockId: stockIds.get(line) } : { ...common, unknownCode: line.code };
  });
  const things = await judged(
    tx,
    { stocktake, countedBy },
    lines.map((line, index) => thingOf(line, rows[index]?.stockId ?? null)),
  );
  await insertCounts(tx, { stocktakeId, round: stocktake.round, countedBy, source }, rows);
  return things;
}

type ThingTaken = Omit<CountedThing, 'verdict' | 'before' | 'registered'>;

/** Says of each thing what whoever counts may know at once. Not yet taken down, they are not among what was counted before. */
async function judged(
  tx: Tx,
  { stocktake, countedBy }: { readonly stocktake: LockedStocktake; readonly countedBy: string },
  things: readonly ThingTaken[],
): Promise<CountedThing[]> {
  const maySee = isShown(stocktake);
  const before = await countedBefore(tx, {
    stocktakeId: stocktake.id,
    round: stocktake.round,
    onlyBy: maySee ? undefined : countedBy,
    thingIds: things.flatMap(({ unitId, stockId }) => unitId ?? stockId ?? []),
  });
  const units = things.flatMap(({ unitId }) => unitId ?? []);
  const registered = maySee ? await registeredPlaces(tx, units) : new Map();
  return things.map((thing) => {
    const earlier = before.get(thing.unitId ?? thing.stockId ?? '');
    const place = thing.unitId === null ? undefined : registered.get(thing.unitId);
    return {
      ...thing,
      verdict: verdictOf(thing, earlier, place),
      before: earlier ?? null,
      registered: place ? { locationCode: place.locationCode, state: place.state } : null,
    };
  });
}

/** The same from a CSV file. @throws AppError as {@link recordCounts}; its lines are those of the file. */
export async function recordCountFile(
  tx: Tx,
  request: Omit<CountRequest, 'source' | 'counts'> & {
    readonly file: { readonly csv: string } & Omit<Counts, 'lines'>;
  },
): Promise<CountedThing[]> {
  const { csv, ...defaults } = request.file;
  const { lines, numbers } = countFileLines(readCsv(csv, FILE_LINES_MAX));
  try {
    return await recordCounts(tx, { ...request, source: 'file', counts: { ...defaults, lines } });
  } catch (thrown) {
    throw thrown instanceof AppError && thrown.code === 'count-refused' ? inFile(thrown, numbers) : thrown;
  }
}

/** Lines of one file. */
const FILE_LINES_MAX = 20_000;

/** Lines that a refusal names. */
const NAMED_MAX = 50;

async function readLines(tx: Tx, stocktakeId: string, { lines, location }: Counts): Promise<ReadCountLine[]> {
  const codes = lines.flatMap((line) => line.location ?? []);
  const places = await countedPlaces(tx, stocktakeId, location === undefined ? codes : [...codes, location]);
  const place = location === undefined ? undefined : places.get(location.toLowerCase());
  if (location !== undefined && !place) {
    throw countRefused([{ field: '#/location', message: `${location} is no location of this stocktake` }]);
  }
  const found = await scanCandidates(
    tx,
    stocktakeId,
    lines.map(({ scan }) => scan),
  );
  const candidates = Map.groupBy(found, ({ line }) => line);
  const context = (index: number): LineContext => ({ place, places, candidates: candidates.get(index) ?? [] });
  const readings = lines.map((line, index) => readCountLine(line, index, context(index)));
  const problems = readings.flatMap((reading) => ('problem' in reading ? [reading.problem] : []));
  if (problems.length > 0) throw countRefused(problems);
  return readings.flatMap((reading) => ('line' in reading ? [reading.line] : []));
}

type Pieces = Extract<ReadCountLine, { kind: 'pieces' }>;

/** The stock row of each line of pieces; where there is none yet, an empty one is made, which is nothing in the ledger. */
async function stockOf(
  tx: Tx,
  wanted: readonly CountLine[],
  lines: readonly ReadCountLine[],
): Promise<ReadonlyMap<ReadCountLine, string>> {
  const pieces = lines.flatMap((line, index) => (line.kind === 'pieces' ? [{ line, index }] : []));
  const rows = await countableRows(
    tx,
    pieces.map(({ line }) => ({ partId: line.part.partId, locationId: line.place.id })),
  );
  const readings = pieces.map(({ line, index }) => ({
    ...{ line, index },
    row: rowOfPieces(line, rows, wanted[index]?.lot !== undefined),
  }));
  const problems = readings.flatMap(({ index, row }) =>
    'problem' in row ? [{ field: `#/lines/${index}/lot`, message: row.problem }] : [],
  );
  if (problems.length > 0) throw countRefused(problems);
  const missing = readings.flatMap(({ line, row }) => ('id' in row && row.id === undefined ? [line] : []));
  const made = await ensureStockRows(tx, missing.map(placeOf));
  const ids = new Map<ReadCountLine, string>(missing.map((line, index) => [line, made[index] ?? '']));
  for (const { line, row } of readings) if ('id' in row && row.id !== undefined) ids.set(line, row.id);
  return ids;
}

function placeOf({ part, place, lot, condition }: Pieces): Omit<CountableRow, 'id'> & { readonly expiresOn: null } {
  return { partId: part.partId, locationId: place.id, lot, condition, expiresOn: null };
}

function thingOf(line: ReadCountLine, stockId: string | null): ThingTaken {
  const { counted } = line;
  const locationCode = line.place?.code ?? null;
  const none = { unitId: null, stockId: null, partNumber: null, serial: null };
  if (line.kind === 'unknown') return { kind: 'unknown', ...none, locationCode, counted };
  const { partNumber, serial } = line.kind === 'unit' ? line.unit : line.part;
  if (line.kind === 'unit')
    return { kind: 'unit', ...none, unitId: line.unit.id, partNumber, serial, locationCode, counted };
  return { kind: 'stock', ...none, stockId, partNumber, locationCode, counted };
}

/** @param problems at least one. */
function countRefused(problems: readonly FieldProblem[]): AppError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = `Nothing was taken down: ${first?.field.replace(/^#\//, '')} ${first?.message}${more}`;
  return new AppError('unprocessable', 'count-refused', message, { fields: problems.slice(0, NAMED_MAX) });
}

/** What is wrong with a line, by its number in the file. */
function inFile({ fields }: AppError, numbers: readonly number[]): AppError {
  return countRefused(
    fields.map(({ field, message }) => {
      const [, index, column] = /^#\/lines\/(\d+)\/(\w+)$/.exec(field) ?? [];
      if (index === undefined) return { field, message };
      return { field: '#/csv', message: `line ${numbers[Number(index)]}, ${column}: ${message}` };
    }),
  );
}
