import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Stock, StockCondition } from './stock.ts';
import { placePath } from './unit.queries.ts';

const PLACE = placePath('l');

const SELECT = `k.id, k.part_id, p.part_number, p.name AS part_name, p.unit_of_measure, k.location_id,
  l.code AS location_code, ${PLACE.path} AS location_path, k.lot, k.expires_on::text AS expires_on, k.condition, k.quantity,
  coalesce(k.expires_on < utc_today(), false) AS expired, k.created_at`;

const FROM = `stock k JOIN part p ON p.id = k.part_id JOIN location l ON l.id = k.location_id ${PLACE.joins}`;

const byId = { sql: 'k.id', type: 'uuid' } as const;

/** What stock rows can be listed by. Rows that are empty now are listed too, except by expiry. */
export const STOCK_LIST = {
  select: SELECT,
  from: FROM,
  sorts: {
    id: { keys: [byId] },
    place: { keys: [{ sql: 'k.location_id', type: 'uuid' }, { sql: 'k.part_id', type: 'uuid' }, byId] },
    expiry: {
      keys: [{ sql: 'k.expires_on', type: 'date' }, byId],
      only: 'k.quantity > 0 AND k.expires_on IS NOT NULL',
    },
  },
  filters: {
    partId: (value) => `k.part_id = ${value}`,
    locationId: (value) => `k.location_id = ${value}`,
    below: (value) => `k.location_id = ANY (ARRAY(SELECT location_subtree(${value}::uuid)))`,
    expiresBy: (value) => `k.expires_on <= ${value}::date`,
  },
  pairs: [
    { filters: ['partId'], sorts: ['id'] },
    { filters: ['locationId', 'partId'], sorts: ['place'] },
    { filters: ['below', 'partId'], sorts: ['place'] },
    { filters: ['expiresBy'], sorts: ['expiry'] },
  ],
} as const satisfies ListDeclaration<'partId' | 'locationId' | 'below' | 'expiresBy', 'id' | 'place' | 'expiry'>;

type StockFilter = keyof typeof STOCK_LIST.filters;
type StockSort = keyof typeof STOCK_LIST.sorts;

/** A page of stock rows. @throws AppError as {@link listRows}. */
export async function listStock(db: Queryable, request: ListRequest<StockFilter, StockSort>) {
  const rows = await listRows<StockRecord, StockFilter, StockSort>(db, STOCK_LIST, request);
  return rows.map((row) => ({ stock: stockOf(row), listCursor: row.listCursor }));
}

/** How many stock rows the filters let pass: a number, or `10,000+`. */
export function countStock(db: Queryable, request: ListRequest<StockFilter, StockSort>): Promise<string> {
  return countRows<StockFilter, StockSort>(db, { ...STOCK_LIST, from: 'stock k' }, request);
}

/** One stock row. @throws AppError `not-found` `no-such-stock`. */
export async function stockById(db: Queryable, id: string): Promise<Stock> {
  const [row] = await db.rows<StockRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE k.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-stock', `There is no stock ${id}`);
  return stockOf(row);
}

interface StockRecord {
  readonly id: string;
  readonly part_id: string;
  readonly part_number: string;
  readonly part_name: string;
  readonly unit_of_measure: string;
  readonly location_id: string;
  readonly location_code: string;
  readonly location_path: string;
  readonly lot: string;
  readonly expires_on: string | null;
  readonly condition: StockCondition;
  readonly quantity: number;
  readonly expired: boolean;
  readonly created_at: Date;
}

function stockOf(row: StockRecord): Stock {
  return {
    id: row.id,
    part: {
      id: row.part_id,
      partNumber: row.part_number,
      name: row.part_name,
      unitOfMeasure: row.unit_of_measure,
    },
    location: { id: row.location_id, code: row.location_code, path: row.location_path },
    lot: row.lot,
    expiresOn: row.expires_on,
    condition: row.condition,
    quantity: row.quantity,
    isExpired: row.expired,
    createdAt: instantOf(row.created_at),
  };
}
