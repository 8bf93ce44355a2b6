import type { Queryable } from '../database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { allocationCode, type Holder, type Purpose } from './allocation.ts';
import { HOLDER_NAME, SERVICE_NAME } from './holder-name.queries.ts';
import type { OverdueLine } from './overdue.ts';

/** What the list of what is overdue can be narrowed to. */
export type OverdueFilter = 'holderId' | 'partId' | 'serviceId';

// `now()`, which an index can be asked with; the clock inside a statement cannot.
const OVERDUE = `l.state = 'issued' AND l.due_at < now()`;

const COLUMNS = `l.id, a.id AS allocation_id, a.number, a.purpose, a.holder_kind, a.holder_id,
  ${HOLDER_NAME} AS holder_name, a.service_id, ${SERVICE_NAME} AS service_name, l.kind, l.quantity,
  l.part_id, l.unit_id, l.entitlement_id, l.due_at, floor(extract(epoch FROM now() - l.due_at) / 86400)::integer AS days,
  CASE l.kind WHEN 'unit' THEN u.serial || ' of ' || p.part_number WHEN 'stock' THEN p.part_number ELSE e.name END AS label`;

const FROM = `allocation_line l
  JOIN allocation a ON a.id = l.allocation_id
  LEFT JOIN part p ON p.id = l.part_id
  LEFT JOIN unit u ON u.id = l.unit_id
  LEFT JOIN entitlement e ON e.id = l.entitlement_id`;

/**
 * What is overdue of some allocations, as an array: looked up first, by the allocations. As a join the planner may walk
 * through everything that is overdue for a holder who has nothing of it.
 */
const ofAllocations = (which: string) =>
  `l.id = ANY (ARRAY(
     SELECT out.id FROM allocation whose JOIN allocation_line out ON out.allocation_id = whose.id
     WHERE whose.${which} AND out.state = 'issued' AND out.due_at < now()))`;

/** What is out and should be back. Derived by the clock: nothing marks a line as overdue. */
export const OVERDUE_LIST = {
  select: COLUMNS,
  from: FROM,
  sorts: {
    dueAt: {
      keys: [
        { sql: 'l.due_at', type: 'timestamptz' },
        { sql: 'l.id', type: 'uuid' },
      ],
      only: OVERDUE,
    },
  },
  filters: {
    holderId: (value) => ofAllocations(`holder_id = ${value}`),
    partId: (value) => `l.part_id = ${value}`,
    serviceId: (value) => ofAllocations(`service_id = ${value}`),
  },
  pairs: [{ filters: ['holderId', 'partId', 'serviceId'], sorts: ['dueAt'] }],
} as const satisfies ListDeclaration<OverdueFilter, 'dueAt'>;

/** A page of what is overdue. @throws AppError as {@link listRows}. */
export async function listOverdue(db: Queryable, request: ListRequest<OverdueFilter, 'dueAt'>) {
  const rows = await listRows<OverdueRow, OverdueFilter, 'dueAt'>(db, OVERDUE_LIST, request);
  return rows.map((row) => ({ overdue: overdueOf(row), listCursor: row.listCursor }));
}

/** How many lines are overdue now. */
export async function countOverdue(db: Queryable): Promise<number> {
  const [row] = await db.rows<{ count: string }>(`SELECT count(*) FROM allocation_line l WHERE ${OVERDUE}`);
  return Number(row?.count);
}

/** An allocation of which something is out and should be back. */
interface OverdueAllocation {
  readonly id: string;
  /** Its number, and who holds it. */
  readonly name: string;
  readonly serviceId: string | null;
  /** Since what should have come back first, in days. */
  readonly days: number;
}

/** Every allocation of which something is overdue. */
export async function overdueAllocations(db: Queryable): Promise<OverdueAllocation[]> {
  const rows = await db.rows<Omit<OverdueAllocation, 'name'> & { readonly number: string; readonly holder: string }>(
    `SELECT a.id, a.number, ${HOLDER_NAME} AS holder, a.service_id AS "serviceId",
       extract(epoch FROM now() - late.due_at)::float8 / 86400 AS days
     FROM (SELECT l.allocation_id, min(l.due_at) AS due_at FROM allocation_line l WHERE ${OVERDUE}
           GROUP BY l.allocation_id) late
     JOIN allocation a ON a.id = late.allocation_id`,
  );
  return rows.map(({ number, holder, ...row }) => ({
    ...row,
    name: `${allocationCode(Number(number))} of ${holder}`,
  }));
}

/** Where the next batch of reminders begins: behind this line. */
export interface ReminderCursor {
  /** As the database writes it: a Date would cut its microseconds off, and meet the same lines again. */
  readonly dueAt: string;
  readonly lineId: string;
}

/** An overdue line and who is to be told of it. */
export interface ReminderCase {
  readonly overdue: OverdueLine;
  /** The holder (of a service or project its owner), the owner of the part or entitlement, who made the allocation. */
  readonly recipients: readonly string[];
  readonly cursor: ReminderCursor;
}

/** Lines that are overdue for a day or longer, the longest first, with the active people to tell. */
export async function overdueToRemind(
  db: Queryable,
  { after, limit }: { readonly after?: ReminderCursor | undefined; readonly limit: number },
): Promise<ReminderCase[]> {
  const rows = await db.rows<OverdueRow & { readonly recipients: string[]; readonly dueText: string }>(
    `SELECT ${COLUMNS}, l.due_at::text AS "dueText", ARRAY(
       SELECT DISTINCT told.id FROM principal told
       WHERE told.disabled_at IS NULL
         AND told.id IN (a.holder_principal_id, (SELECT owner_id FROM service WHERE id = a.holder_service_id),
           (SELECT owner_id FROM project WHERE id = a.holder_project_id), p.owner_id, e.owner_id, a.created_by)
     ) AS recipients
     FROM ${FROM}
     WHERE ${OVERDUE} AND l.due_at <= now() - interval '1 day'
       AND ($1::timestamptz IS NULL OR (l.due_at, l.id) > ($1, $2::uuid))
     ORDER BY l.due_at, l.id LIMIT $3`,
    [after?.dueAt ?? null, after?.lineId ?? null, limit],
  );
  return rows.map((row) => ({
    overdue: overdueOf(row),
    recipients: row.recipients,
    cursor: { dueAt: row.dueText, lineId: row.id },
  }));
}

interface OverdueRow {
  readonly id: string;
  readonly allocation_id: string;
  readonly number: string;
  readonly purpose: Purpose;
  readonly holder_kind: Holder['kind'];
  readonly holder_id: string;
  readonly holder_name: string;
  readonly service_id: string | null;
  readonly service_name: string | null;
  readonly kind: OverdueLine['kind'];
  readonly quantity: number;
  readonly part_id: string | null;
  readonly unit_id: string | null;
  readonly entitlement_id: string | null;
  readonly due_at: Date;
  readonly days: number;
  readonly label: string;
}

function overdueOf(row: OverdueRow): OverdueLine {
  return {
    lineId: row.id,
    allocation: { id: row.allocation_id, code: allocationCode(Number(row.number)), purpose: row.purpose },
    holder: { kind: row.holder_kind, id: row.holder_id, name: row.holder_name },
    service: row.service_id === null ? null : { id: row.service_id, name: row.service_name ?? '' },
    kind: row.kind,
    quantity: row.quantity,
    label: row.label,
    partId: row.part_id,
    unitId: row.unit_id,
    entitlementId: row.entitlement_id,
    dueAt: instantOf(row.due_at),
    daysOverdue: row.days,
  };
}
