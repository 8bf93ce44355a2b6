import type { Queryable } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import type { Stocktake } from './stocktake.ts';

const named = (alias: string, name: string) =>
  `CASE WHEN ${alias}.id IS NOT NULL THEN json_build_object('id', ${alias}.id, '${name}', ${alias}.${COLUMN[name]}) END`;
const COLUMN: Readonly<Record<string, string>> = {
  serial: 'serial',
  partNumber: 'part_number',
  code: 'code',
  name: 'name',
};

/** The differences of a stocktake, by id, of one kind or of all. */
export async function listDifferences(
  db: Queryable,
  stocktakeId: string,
  page: { readonly limit: number; readonly after?: string | undefined; readonly kind?: DifferenceKind | undefined },
): Promise<Difference[]> {
  return db.rows<Difference>(
    `SELECT d.id, d.kind, ${named('u', 'serial')} AS unit, d.stock_id AS "stockId", d.unknown_code AS code,
       ${named('p', 'partNumber')} AS part, ${named('l', 'code')} AS location, ${named('seen', 'code')} AS "seenAt",
       d.register_state AS "registerState", d.expected, d.counted, d.needs_second AS "needsSecond",
       ${named('c', 'name')} AS "countedBy", ${named('o', 'name')} AS "confirmedBy", d.proposal, d.action, d.reason, d.note,
       d.outcome
     FROM stocktake_difference d LEFT JOIN unit u ON u.id = d.unit_id LEFT JOIN part p ON p.id = d.part_id
     LEFT JOIN location l ON l.id = d.location_id LEFT JOIN location seen ON seen.id = d.seen_location_id
     LEFT JOIN principal c ON c.id = d.counted_by LEFT JOIN principal o ON o.id = d.confirmed_by
     WHERE d.stocktake_id = $1 AND ($2::uuid IS NULL OR d.id > $2) AND ($3::text IS NULL OR d.kind = $3)
     ORDER BY d.id LIMIT $4`,
    [stocktakeId, page.after ?? null, page.kind ?? null, page.limit],
  );
}

/** Whether figures may be shown: not to those who count blindly, nor to anybody beside them. */
export function isShown({ isBlind, state }: Pick<Stocktake, 'isBlind' | 'state'>): boolean {
  return !isBlind || (state !== 'counting' && state !== 'recounting');
}

/** @throws AppError `conflict` `count-is-blind` when figures may not be shown yet. */
export function requireShown(stocktake: Stocktake): void {
  if (isShown(stocktake)) return;
  const message = `The stocktake ${stocktake.name} is counted blindly: close the count first`;
  throw new AppError('conflict', 'count-is-blind', message);
}

/** Something that was counted, by whom and when. */
export interface CountRecord {
  /** A number; later counts have higher ones. */
  readonly id: string;
  readonly round: number;
  /** The id of the unit or stock row; null: nothing bears what was scanned. */
  readonly thingId: string | null;
  readonly code: string | null;
  readonly locationCode: string | null;
  readonly counted: number;
  /** `close`: not counted, and so said to be absent by whoever closed the count. */
  readonly source: 'scan' | 'file' | 'close';
  readonly countedBy: { readonly id: string; readonly name: string };
  readonly countedAt: Date;
}

/** Everything that was counted, in the order in which it was taken down. */
export async function listCounts(
  db: Queryable,
  stocktakeId: string,
  page: { readonly limit: number; readonly after?: number | undefined },
): Promise<CountRecord[]> {
  return db.rows<CountRecord>(
    `SELECT c.id, c.round, c.thing_id AS "thingId", coalesce(c.unknown_code, u.serial) AS code, l.code AS "locationCode",
       c.counted, c.source, ${named('p', 'name')} AS "countedBy", c.counted_at AS "countedAt"
     FROM stocktake_count c JOIN principal p ON p.id = c.counted_by LEFT JOIN unit u ON u.id = c.unit_id
     LEFT JOIN location l ON l.id = c.location_id
     WHERE c.stocktake_id = $1 AND ($2::bigint IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3`,
    [stocktakeId, page.after ?? null, page.limit],
  );
}
