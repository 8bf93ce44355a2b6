import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import type { StockCondition } from './stock.ts';

/** Where pieces of a bulk part lie: what makes a stock row that row. */
export interface StockPlace {
  readonly partId: string;
  readonly locationId: string;
  readonly lot: string;
  /** An ISO date. */
  readonly expiresOn: string | null;
  readonly condition: StockCondition;
}

/** A stock row as it is before pieces move. */
export interface LockedStock extends StockPlace {
  readonly id: string;
  readonly quantity: number;
}

const ROW = `id, part_id AS "partId", location_id AS "locationId", lot, expires_on::text AS "expiresOn", condition, quantity`;

/** Reads stock rows, whose quantity nobody else can change until the transaction ends. The pools of their parts are locked before. */
export async function lockStock(tx: Tx, ids: readonly string[]): Promise<LockedStock[]> {
  if (ids.length === 0) return [];
  return tx.rows<LockedStock>(`SELECT ${ROW} FROM stock WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`, [
    ids,
  ]);
}

/** Which part each stock row is of; what is not there is left out. */
export async function partsOfStock(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.rows<{ id: string }>('SELECT DISTINCT part_id AS id FROM stock WHERE id = ANY ($1::uuid[])', [
    ids,
  ]);
  return rows.map((row) => row.id);
}

/** Notes that what lies in these rows was counted at this moment. The caller holds them. */
export async function noteRowsSeen(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute('UPDATE stock SET last_seen_at = now() WHERE id = ANY ($1::uuid[])', [ids]);
}

/** Ids of the stock rows of these places, in their order; rows that are not there yet are made, empty. */
export async function ensureStockRows(tx: Tx, places: readonly StockPlace[]): Promise<string[]> {
  if (places.length === 0) return [];
  const wanted = JSON.stringify(places.map((place, position) => ({ ...place, id: newId(), position })));
  const record = `jsonb_to_recordset($1::jsonb) AS w (id uuid, position integer, "partId" uuid, "locationId" uuid, lot text,
    "expiresOn" date, condition text)`;
  await tx.execute(
    `INSERT INTO stock (id, part_id, location_id, lot, expires_on, condition)
     SELECT w.id, w."partId", w."locationId", w.lot, w."expiresOn", w.condition FROM ${record}
     ORDER BY w."partId", w."locationId", w.lot, w."expiresOn", w.condition
     ON CONFLICT ON CONSTRAINT stock_place_unique DO NOTHING`,
    [wanted],
  );
  // A statement of its own: it sees the rows that somebody else has made meanwhile.
  const rows = await tx.rows<{ id: string }>(
    `SELECT s.id FROM ${record} JOIN stock s ON s.part_id = w."partId" AND s.location_id = w."locationId" AND s.lot = w.lot
       AND s.expires_on IS NOT DISTINCT FROM w."expiresOn" AND s.condition = w.condition
     ORDER BY w.position`,
    [wanted],
  );
  return rows.map((row) => row.id);
}

/** What somebody holds of a stock row. */
export interface HeldPieces {
  readonly quantity: number;
  readonly holder: string;
  readonly until: Date;
}

/** The most pieces of each stock row that are promised at any time from now on, where any are. */
export async function heldPeaks(tx: Tx, stockIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (stockIds.length === 0) return new Map();
  const rows = await tx.rows<{ id: string; peak: string }>(
    `SELECT id, stock_held_peak(id, tstzrange(clock_timestamp(), 'infinity')) AS peak FROM unnest($1::uuid[]) AS id`,
    [stockIds],
  );
  return new Map(rows.map(({ id, peak }) => [id, Number(peak)]));
}

/** The first few who hold pieces of a stock row, in the order in which their holds end. */
export async function holdsOnStock(tx: Tx, stockId: string): Promise<HeldPieces[]> {
  return tx.rows<HeldPieces>(
    `SELECT l.quantity, coalesce(hp.name, hs.name, hj.name) AS holder, l.expires_at AS until
     FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
     LEFT JOIN principal hp ON hp.id = a.holder_principal_id
     LEFT JOIN service hs ON hs.id = a.holder_service_id
     LEFT JOIN project hj ON hj.id = a.holder_project_id
     WHERE l.stock_id = $1 AND l.state = 'held' AND l.expires_at > clock_timestamp()
     ORDER BY l.expires_at LIMIT 3`,
    [stockId],
  );
}
