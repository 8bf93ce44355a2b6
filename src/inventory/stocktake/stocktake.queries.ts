import type { Queryable } from '../../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../../database/declared-list.ts';
import { instantOf } from '../../kernel/clock.ts';
import { noSuchStocktake } from './stocktake.store.ts';
import type { Stocktake, StocktakeState } from './stocktake.ts';

const named = (alias: string) =>
  `CASE WHEN ${alias}.id IS NOT NULL THEN json_build_object('id', ${alias}.id, 'name', ${alias}.name) END`;

const SELECT = `s.id, s.name, json_build_object('id', l.id, 'code', l.code) AS location, s.is_blind, s.tolerance_pieces,
  s.tolerance_percent, s.note, s.state, s.round, ${named('o')} AS opened_by, s.opened_at, s.closed_at,
  ${named('e')} AS ended_by, s.ended_at, s.ended_reason, s.batch_id, s.version`;
const FROM = `stocktake s JOIN location l ON l.id = s.location_id LEFT JOIN principal o ON o.id = s.opened_by
  LEFT JOIN principal e ON e.id = s.ended_by`;

type StocktakeFilter = 'state' | 'locationId';

/** Stocktakes, by id: the order in which they were opened. */
export const STOCKTAKE_LIST: ListDeclaration<StocktakeFilter, 'id'> = {
  select: SELECT,
  from: FROM,
  sorts: { id: { keys: [{ sql: 's.id', type: 'uuid' }] } },
  filters: { state: (value) => `s.state = ${value}`, locationId: (value) => `s.location_id = ${value}::uuid` },
  pairs: [
    { filters: ['state'], sorts: ['id'] },
    { filters: ['locationId'], sorts: ['id'] },
  ],
};

/** A page of stocktakes. @throws AppError as {@link listRows}. */
export async function listStocktakes(db: Queryable, request: ListRequest<StocktakeFilter, 'id'>) {
  const rows = await listRows<StocktakeRecord, StocktakeFilter, 'id'>(db, STOCKTAKE_LIST, request);
  return rows.map((row) => ({ stocktake: stocktakeOf(row), listCursor: row.listCursor }));
}

/** How many stocktakes the filters let pass: a number, or `10,000+`. */
export function countStocktakes(db: Queryable, request: ListRequest<StocktakeFilter, 'id'>): Promise<string> {
  return countRows<StocktakeFilter, 'id'>(db, { ...STOCKTAKE_LIST, from: 'stocktake s' }, request);
}

/** One stocktake. @throws AppError `not-found` `no-such-stocktake`. */
export async function stocktakeById(db: Queryable, id: string): Promise<Stocktake> {
  const [row] = await db.rows<StocktakeRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE s.id = $1`, [id]);
  if (!row) throw noSuchStocktake(id);
  return stocktakeOf(row);
}

/** Something that lay there when a stocktake was opened, or that is to be counted again. */
export interface SheetLine {
  /** The id of the unit or stock row. */
  readonly id: string;
  readonly kind: 'unit' | 'stock';
  readonly serial: string | null;
  readonly assetTag: string | null;
  readonly partNumber: string;
  /** Where the register has it. */
  readonly locationCode: string | null;
  readonly lot: string | null;
  /** Pieces; null in a second count, which is never told. */
  readonly quantity: number | null;
}

interface ThingPage {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string | undefined;
}

const SHEET_LINE = `t.thing_id AS id, CASE WHEN u.id IS NULL THEN 'stock' ELSE 'unit' END AS kind, u.serial,
  u.asset_tag AS "assetTag", p.part_number AS "partNumber", l.code AS "locationCode", nullif(k.lot, '') AS lot`;
const THINGS = `LEFT JOIN unit u ON u.id = t.unit_id LEFT JOIN stock k ON k.id = t.stock_id
  JOIN part p ON p.id = t.part_id LEFT JOIN location l ON l.id = t.location_id
  WHERE t.stocktake_id = $1 AND ($2::uuid IS NULL OR t.thing_id > $2)`;

/** The picture of what was expected at the opening, by the ids of the things; or only what nobody has counted so far. */
export async function expectedThings(
  db: Queryable,
  id: string,
  page: ThingPage & { readonly onlyLeft?: boolean | undefined; readonly locationId?: string | undefined },
): Promise<SheetLine[]> {
  return db.rows<SheetLine>(
    `SELECT ${SHEET_LINE}, t.quantity FROM stocktake_expected t ${THINGS} AND t.quantity > 0
       AND (NOT $4 OR ${isLeft('t')}) AND ($5::uuid IS NULL OR t.location_id = $5)
     ORDER BY t.thing_id LIMIT $3`,
    [id, page.after ?? null, page.limit, page.onlyLeft ?? false, page.locationId ?? null],
  );
}

/** SQL over the picture under this name: whether nobody has counted a thing of it. */
export const isLeft = (picture: string) => `NOT EXISTS (
  SELECT FROM stocktake_count c WHERE c.stocktake_id = ${picture}.stocktake_id AND c.thing_id = ${picture}.thing_id)`;

/** What a second person must count, by the ids of the things. */
export async function thingsToRecount(db: Queryable, id: string, page: ThingPage): Promise<SheetLine[]> {
  return db.rows<SheetLine>(
    `SELECT ${SHEET_LINE}, NULL AS quantity FROM stocktake_difference t ${THINGS}
       AND t.needs_second AND t.confirmed_by IS NULL ORDER BY t.thing_id LIMIT $3`,
    [id, page.after ?? null, page.limit],
  );
}

interface Named {
  readonly id: string;
  readonly name: string;
}

interface StocktakeRecord {
  readonly id: string;
  readonly name: string;
  readonly location: Stocktake['location'];
  readonly is_blind: boolean;
  readonly tolerance_pieces: number | null;
  readonly tolerance_percent: string | null;
  readonly note: string | null;
  readonly state: StocktakeState;
  readonly round: number;
  readonly opened_by: Named | null;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
  readonly ended_by: Named | null;
  readonly ended_at: Date | null;
  readonly ended_reason: string | null;
  readonly batch_id: string | null;
  readonly version: number;
}

function stocktakeOf(row: StocktakeRecord): Stocktake {
  const { id, name, location, note, state, round, version } = row;
  return {
    ...{ id, name, location, note, state, round, version },
    isBlind: row.is_blind,
    tolerance: {
      pieces: row.tolerance_pieces,
      percent: row.tolerance_percent === null ? null : Number(row.tolerance_percent),
    },
    openedBy: row.opened_by,
    openedAt: instantOf(row.opened_at),
    closedAt: row.closed_at && instantOf(row.closed_at),
    endedBy: row.ended_by,
    endedAt: row.ended_at && instantOf(row.ended_at),
    endedReason: row.ended_reason,
    batchId: row.batch_id,
  };
}
