import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import {
  type Replenishment,
  type ReplenishmentOrigin,
  type ReplenishmentState,
  type Suggestion,
  suggestedQuantity,
} from './replenishment.ts';

const SELECT = `r.id, r.part_id, p.part_number, p.name AS part_name, r.quantity, r.received_quantity, r.state, r.origin,
  r.supplier, r.reference, r.reason, r.expected_on::text AS expected_on,
  coalesce(r.state = 'ordered' AND r.expected_on < utc_today(), false) AS overdue, r.version, r.created_at, r.updated_at`;
const FROM = 'replenishment r JOIN part p ON p.id = r.part_id';

/** Replenishments can be listed by part or by state. */
export const REPLENISHMENT_LIST = {
  select: SELECT,
  from: FROM,
  sorts: { id: { keys: [{ sql: 'r.id', type: 'uuid' }] } },
  filters: { partId: (value) => `r.part_id = ${value}`, state: (value) => `r.state = ${value}` },
  pairs: [
    { filters: ['partId'], sorts: ['id'] },
    { filters: ['state'], sorts: ['id'] },
  ],
} as const satisfies ListDeclaration<'partId' | 'state', 'id'>;

type ReplenishmentFilter = keyof typeof REPLENISHMENT_LIST.filters;

/** A page of replenishments. @throws AppError as {@link listRows}. */
export async function listReplenishments(db: Queryable, request: ListRequest<ReplenishmentFilter, 'id'>) {
  const rows = await listRows<ReplenishmentRecord, ReplenishmentFilter, 'id'>(db, REPLENISHMENT_LIST, request);
  return rows.map((row) => ({ replenishment: replenishmentOf(row), listCursor: row.listCursor }));
}

/** How many replenishments the filters let pass: a number, or `10,000+`. */
export function countReplenishments(db: Queryable, request: ListRequest<ReplenishmentFilter, 'id'>): Promise<string> {
  return countRows<ReplenishmentFilter, 'id'>(db, { ...REPLENISHMENT_LIST, from: 'replenishment r' }, request);
}

/** One replenishment. @throws AppError `not-found` `no-such-replenishment`. */
export async function replenishmentById(db: Queryable, id: string): Promise<Replenishment> {
  const [row] = await db.rows<ReplenishmentRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE r.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-replenishment', `There is no replenishment ${id}`);
  return replenishmentOf(row);
}

/** Parts with a reorder point that one page looks at: so its cost is bounded, however few of them run short. */
const PARTS_A_PAGE_MAX = 300;

/** Suggestions, and behind which part the look went on no further; null when every part was looked at. */
export interface SuggestionPage {
  readonly suggestions: readonly Suggestion[];
  readonly lookedAtUpTo: string | null;
}

/**
 * Parts of which what can be used, and what is underway, is together at or below their reorder point; in the order of
 * the parts' ids. A page can be short, or empty, and not the last one.
 */
export async function suggestReplenishments(
  db: Queryable,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<SuggestionPage> {
  const looked = await db.rows<{ id: string }>(
    `SELECT id FROM part WHERE reorder_point IS NOT NULL AND retired_at IS NULL AND ($1::uuid IS NULL OR id > $1)
     ORDER BY id LIMIT $2`,
    [page.after ?? null, PARTS_A_PAGE_MAX],
  );
  const found = await shortParts(
    db,
    looked.map((part) => part.id),
    page.limit + 1,
  );
  if (found.length > page.limit) {
    const suggestions = found.slice(0, page.limit);
    return { suggestions, lookedAtUpTo: suggestions.at(-1)?.part.id ?? null };
  }
  return { suggestions: found, lookedAtUpTo: looked.length < PARTS_A_PAGE_MAX ? null : (looked.at(-1)?.id ?? null) };
}

/** What is suggested for one part now; undefined when it has no reorder point, or is above it. */
export async function suggestionFor(db: Queryable, partId: string): Promise<Suggestion | undefined> {
  return (await shortParts(db, [partId], 1))[0];
}

/** What `part_usable` counts, written out: called for each of many parts, the function costs several times as much. */
const USABLE = `CASE p.tracking
  WHEN 'serial' THEN (SELECT count(*) FROM (
    SELECT FROM unit u WHERE u.part_id = p.id AND unit_usable(u) LIMIT p.reorder_point + 1) found)
  ELSE (SELECT coalesce(sum(k.quantity), 0) FROM stock k WHERE k.part_id = p.id AND k.condition = 'usable'
    AND k.quantity > 0 AND (k.expires_on IS NULL OR k.expires_on >= utc_today())) END`;

async function shortParts(db: Queryable, partIds: readonly string[], limit: number): Promise<Suggestion[]> {
  if (partIds.length === 0) return [];
  const rows = await db.rows<SuggestionRecord>(
    `SELECT p.id, p.part_number, p.name, p.reorder_point, p.reorder_quantity, p.lead_time_days, u.usable, o.underway
     FROM part p
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(greatest(r.quantity - r.received_quantity, 0)), 0) AS underway
       FROM replenishment r WHERE r.part_id = p.id AND r.state IN ('requested', 'ordered')) o
     CROSS JOIN LATERAL (SELECT ${USABLE} AS usable) u
     WHERE p.id = ANY ($1::uuid[]) AND p.reorder_point IS NOT NULL AND p.retired_at IS NULL
       AND u.usable + o.underway <= p.reorder_point
     ORDER BY p.id LIMIT $2`,
    [partIds, limit],
  );
  return rows.map(suggestionOf);
}

interface SuggestionRecord {
  readonly id: string;
  readonly part_number: string;
  readonly name: string;
  readonly reorder_point: number;
  readonly reorder_quantity: number;
  readonly lead_time_days: number | null;
  readonly usable: string;
  readonly underway: string;
}

function suggestionOf(row: SuggestionRecord): Suggestion {
  const [usable, underway] = [Number(row.usable), Number(row.underway)];
  const { reorder_point: reorderPoint, reorder_quantity: reorderQuantity } = row;
  return {
    part: { id: row.id, partNumber: row.part_number, name: row.name },
    reorderPoint,
    usable,
    underway,
    suggestedQuantity: suggestedQuantity(usable + underway, { reorderPoint, reorderQuantity }),
    leadTimeDays: row.lead_time_days,
  };
}

interface ReplenishmentRecord {
  readonly id: string;
  readonly part_id: string;
  readonly part_number: string;
  readonly part_name: string;
  readonly quantity: number;
  readonly received_quantity: number;
  readonly state: ReplenishmentState;
  readonly origin: ReplenishmentOrigin;
  readonly supplier: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly expected_on: string | null;
  readonly overdue: boolean;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function replenishmentOf(row: ReplenishmentRecord): Replenishment {
  return {
    id: row.id,
    part: { id: row.part_id, partNumber: row.part_number, name: row.part_name },
    quantity: row.quantity,
    receivedQuantity: row.received_quantity,
    state: row.state,
    origin: row.origin,
    supplier: row.supplier,
    reference: row.reference,
    reason: row.reason,
    expectedOn: row.expected_on,
    isOverdue: row.overdue,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
