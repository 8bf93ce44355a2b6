import type { FieldProblem } from '../../kernel/errors.ts';
import type { CountableRow, ScanCandidate } from './counted-thing.queries.ts';
import type { CountLine } from './stocktake.ts';

/** A place that is counted. */
interface CountedPlace {
  readonly id: string;
  readonly code: string;
}

/** What a line was found to be. A bulk part has no stock row yet. */
export type ReadCountLine =
  | {
      readonly kind: 'unit';
      readonly unit: ScanCandidate;
      readonly place: CountedPlace | null;
      readonly counted: number;
    }
  | {
      readonly kind: 'pieces';
      readonly part: ScanCandidate;
      readonly place: CountedPlace;
      readonly stockId: string | null;
      readonly lot: string;
      readonly condition: CountableRow['condition'];
      readonly counted: number;
    }
  | { readonly kind: 'unknown'; readonly code: string; readonly place: CountedPlace; readonly counted: number };

/** What a line means, or what is wrong with it. */
export type LineReading = { readonly line: ReadCountLine } | { readonly problem: FieldProblem };

/** What lines are read by. */
export interface LineContext {
  /** Where a line lies that states no location. */
  readonly place: CountedPlace | undefined;
  readonly places: ReadonlyMap<string, CountedPlace>;
  readonly candidates: readonly ScanCandidate[];
}

/** Reads a line: what its code stands for, and where it lies. */
export function readCountLine(line: CountLine, index: number, context: LineContext): LineReading {
  const wrong = (key: string, message: string) => ({ problem: { field: `#/lines/${index}/${key}`, message } });
  const stated = line.location === undefined ? context.place : context.places.get(line.location.toLowerCase());
  if (line.location !== undefined && !stated) {
    return wrong('location', `${line.location} is no location of this stocktake`);
  }
  const { candidates } = context;
  const units = candidates.filter(({ kind }) => kind === 'unit');
  const pieces = candidates.filter(({ kind }) => kind !== 'unit');
  const meant = line.quantity === undefined ? units : pieces;
  if (meant.length > 1)
    return wrong('scan', `"${line.scan}" stands for ${meant.length} things: scan the asset tag, or state the id`);
  const [found] = meant;
  if (!found && line.quantity === undefined && pieces.length > 0) {
    return wrong('quantity', `is needed: "${line.scan}" is a part without serial numbers`);
  }
  if (!found && units.length > 0) return wrong('quantity', `must be left out: "${line.scan}" is one unit`);
  if (found?.kind === 'unit') return readUnit(line, found, stated, wrong);
  if (line.isAbsent)
    return wrong('isAbsent', found ? 'is of units: state the quantity 0' : 'names nothing that is there');
  const place = stated ?? placeOf(found);
  if (!place) return wrong('location', 'is needed: where does it lie?');
  const counted = line.quantity ?? 1;
  if (!found) return { line: { kind: 'unknown', code: line.scan, place, counted } };
  const { lot = '', condition } = line;
  const stockId = found.kind === 'stock' ? found.id : null;
  return { line: { kind: 'pieces', part: found, place, stockId, lot, condition, counted } };
}

type Wrong = (key: string, message: string) => { readonly problem: FieldProblem };

function readUnit(line: CountLine, unit: ScanCandidate, stated: CountedPlace | undefined, wrong: Wrong): LineReading {
  if (line.isAbsent) return { line: { kind: 'unit', unit, place: null, counted: 0 } };
  const place = stated ?? placeOf(unit);
  if (place) return { line: { kind: 'unit', unit, place, counted: 1 } };
  return wrong('location', 'is needed: the register has this unit elsewhere');
}

function placeOf(candidate: ScanCandidate | undefined): CountedPlace | undefined {
  if (!candidate?.locationId || !candidate.locationCode) return undefined;
  return { id: candidate.locationId, code: candidate.locationCode };
}

/**
 * The stock row that pieces are counted in: the one that is named, or the only one of the part, place and lot; undefined when
 * it is to be made.
 */
export function rowOfPieces(
  line: Extract<ReadCountLine, { kind: 'pieces' }>,
  rows: readonly CountableRow[],
  isLotStated: boolean,
): { readonly id: string | undefined } | { readonly problem: string } {
  if (line.stockId !== null) return { id: line.stockId };
  const lying = rows.filter(
    (row) =>
      row.partId === line.part.partId &&
      row.locationId === line.place.id &&
      row.condition === line.condition &&
      (!isLotStated || row.lot === line.lot),
  );
  if (lying.length <= 1) return { id: lying[0]?.id };
  return { problem: `${lying.length} lots of it lie there: state the lot, or scan the stock row's id` };
}
