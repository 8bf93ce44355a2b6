import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Movement } from './movement.ts';
import type { MovementKind } from './movement-line.ts';
import type { UnitState } from './unit-state.ts';

const SELECT = `m.id, m.batch_id, m.kind, m.part_id, p.part_number, m.quantity, m.unit_id, u.serial, m.from_state,
  m.to_state, m.from_stock_id, m.to_stock_id, m.from_location_id, lf.code AS from_code, m.to_location_id,
  lt.code AS to_code, m.service_id, s.name AS service_name, m.line_id, m.reason, m.reference, m.actor_id,
  a.name AS actor_name, m.occurred_at, m.recorded_at`;
const JOINS = `JOIN part p ON p.id = m.part_id
  LEFT JOIN unit u ON u.id = m.unit_id
  LEFT JOIN location lf ON lf.id = m.from_location_id
  LEFT JOIN location lt ON lt.id = m.to_location_id
  LEFT JOIN service s ON s.id = m.service_id
  LEFT JOIN principal a ON a.id = m.actor_id`;

/** The ledger can be listed by one of unit, part, kind and act. */
export const MOVEMENT_LIST = {
  select: SELECT,
  from: `movement m ${JOINS}`,
  sorts: { id: { keys: [{ sql: 'm.id', type: 'bigint' }] } },
  filters: {
    unitId: (value) => `m.unit_id = ${value}`,
    partId: (value) => `m.part_id = ${value}`,
    kind: (value) => `m.kind = ${value}`,
    batchId: (value) => `m.batch_id = ${value}`,
  },
  pairs: [
    { filters: ['unitId'], sorts: ['id'] },
    { filters: ['partId'], sorts: ['id'] },
    { filters: ['kind'], sorts: ['id'] },
    { filters: ['batchId'], sorts: ['id'] },
  ],
} as const satisfies ListDeclaration<'unitId' | 'partId' | 'kind' | 'batchId', 'id'>;

type MovementFilter = keyof typeof MOVEMENT_LIST.filters;

/** A page of the ledger. @throws AppError as {@link listRows}. */
export async function listMovements(db: Queryable, request: ListRequest<MovementFilter, 'id'>) {
  const rows = await listRows<MovementRecord, MovementFilter, 'id'>(db, MOVEMENT_LIST, request);
  return rows.map((row) => ({ movement: movementOf(row), listCursor: row.listCursor }));
}

/** How many movements the filters let pass: a number, or `10,000+`. */
export function countMovements(db: Queryable, request: ListRequest<MovementFilter, 'id'>): Promise<string> {
  return countRows<MovementFilter, 'id'>(db, { ...MOVEMENT_LIST, from: 'movement m' }, request);
}

/** The lines of one act, in their order. */
export async function movementsOfBatch(db: Queryable, batchId: string): Promise<Movement[]> {
  const rows = await db.rows<MovementRecord>(
    `SELECT ${SELECT} FROM movement m ${JOINS} WHERE m.batch_id = $1 ORDER BY m.id`,
    [batchId],
  );
  return rows.map(movementOf);
}

/**
 * What came to a stock row and went from it, newest first: each end has an index of its own, so each is read as far as
 * the page needs and the two are merged.
 */
export async function movementsOfStock(
  db: Queryable,
  stockId: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<Movement[]> {
  const end = (column: string) =>
    `(SELECT id FROM movement WHERE ${column} = $1 AND id < $2 ORDER BY id DESC LIMIT $3)`;
  const rows = await db.rows<MovementRecord>(
    `SELECT ${SELECT} FROM (${end('from_stock_id')} UNION ALL ${end('to_stock_id')} ORDER BY id DESC LIMIT $3) page
     JOIN movement m ON m.id = page.id ${JOINS} ORDER BY m.id DESC`,
    [stockId, page.after ?? '9223372036854775807', page.limit],
  );
  return rows.map(movementOf);
}

interface MovementRecord {
  readonly id: string;
  readonly batch_id: string;
  readonly kind: MovementKind;
  readonly part_id: string;
  readonly part_number: string;
  readonly quantity: number;
  readonly unit_id: string | null;
  readonly serial: string;
  readonly from_state: UnitState | null;
  readonly to_state: UnitState | null;
  readonly from_stock_id: string | null;
  readonly to_stock_id: string | null;
  readonly from_location_id: string | null;
  readonly from_code: string;
  readonly to_location_id: string | null;
  readonly to_code: string;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly line_id: string | null;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly occurred_at: Date;
  readonly recorded_at: Date;
}

function movementOf(row: MovementRecord): Movement {
  return {
    id: row.id,
    batchId: row.batch_id,
    kind: row.kind,
    part: { id: row.part_id, partNumber: row.part_number },
    quantity: row.quantity,
    unit: row.unit_id === null ? null : { id: row.unit_id, serial: row.serial },
    fromState: row.from_state,
    toState: row.to_state,
    fromStockId: row.from_stock_id,
    toStockId: row.to_stock_id,
    fromLocation: row.from_location_id === null ? null : { id: row.from_location_id, code: row.from_code },
    toLocation: row.to_location_id === null ? null : { id: row.to_location_id, code: row.to_code },
    service: row.service_id === null ? null : { id: row.service_id, name: row.service_name },
    lineId: row.line_id,
    reason: row.reason,
    reference: row.reference,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name },
    occurredAt: instantOf(row.occurred_at),
    recordedAt: instantOf(row.recorded_at),
  };
}
