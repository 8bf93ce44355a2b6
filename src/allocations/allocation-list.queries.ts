import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Severity } from '../kernel/severity.ts';
import {
  type AllocationForm,
  allocationCode,
  type Holder,
  instantOrNull,
  type LineState,
  type Purpose,
} from './allocation.ts';
import { HOLDER_NAME, SERVICE_NAME } from './holder-name.queries.ts';

/** What a list of allocations can be narrowed to. */
export type AllocationFilter = 'holderId' | 'serviceId' | 'purpose' | 'open' | 'partId' | 'unitId';
/** One of the lists of allocations. */
export type AllocationList = ListDeclaration<AllocationFilter, 'created'>;

// Ids begin with the time, so their order is the order in which allocations were made.
const listWhere = (only: string) =>
  ({
    select: 'a.id',
    from: 'allocation a',
    sorts: { created: { keys: [{ sql: 'a.id', type: 'uuid' }], only } },
    filters: {
      holderId: (value) => `a.holder_id = ${value}`,
      serviceId: (value) => `a.service_id = ${value}`,
      purpose: (value) => `a.purpose = ${value}`,
      open: (value) =>
        `${value}::boolean = (EXISTS (SELECT FROM allocation_line l WHERE l.allocation_id = a.id AND ${LIVE}))`,
      // Arrays, looked up first: as joins, the planner may walk through everything that is open for a rare part.
      partId: (value) =>
        `a.id = ANY (ARRAY(SELECT l.allocation_id FROM allocation_line l WHERE l.part_id = ${value} AND ${LIVE}))`,
      unitId: (value) => `a.id = ANY (ARRAY(SELECT l.allocation_id FROM allocation_line l WHERE l.unit_id = ${value}))`,
    },
    pairs: [
      { filters: ['holderId', 'purpose', 'open'], sorts: ['created'] },
      { filters: ['serviceId', 'purpose', 'open'], sorts: ['created'] },
      { filters: ['partId'], sorts: ['created'] },
      { filters: ['unitId'], sorts: ['created'] },
    ],
  }) as const satisfies AllocationList;

const LIVE = `l.state IN ('held', 'issued') AND (l.state = 'issued' OR l.expires_at > clock_timestamp())`;

/** Check-outs, and what was collected of holds and reservations; holds; reservations. */
export const ALLOCATION_LISTS: Readonly<Record<AllocationForm, AllocationList>> = {
  checkout: listWhere(`(a.form = 'checkout' OR a.collected_at IS NOT NULL)`),
  hold: listWhere(`a.form = 'hold'`),
  reservation: listWhere(`a.form = 'reservation'`),
};

/** An allocation in a list: what it is, and how its lines stand. */
export interface AllocationSummary {
  readonly id: string;
  readonly number: number;
  readonly code: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: Severity | null;
  readonly holder: Holder;
  readonly service: { readonly id: string; readonly name: string } | null;
  readonly note: string | null;
  /** Lines that are held, handed out, and over; a dead hold is over. */
  readonly lines: { readonly held: number; readonly issued: number; readonly ended: number };
  /** The earliest due date of what is out. */
  readonly dueAt: Temporal.Instant | null;
  readonly isOverdue: boolean;
  /** When the first of what is held expires. */
  readonly expiresAt: Temporal.Instant | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}

/** A page of one of the lists. @throws AppError as {@link listRows}. */
export async function listAllocations(
  db: Queryable,
  form: AllocationForm,
  request: ListRequest<AllocationFilter, 'created'>,
) {
  const rows = await listRows<{ id: string }, AllocationFilter, 'created'>(db, ALLOCATION_LISTS[form], request);
  const summaries = new Map(
    (
      await summariesOf(
        db,
        rows.map(({ id }) => id),
      )
    ).map((summary) => [summary.id, summary]),
  );
  return rows.flatMap(({ id, listCursor }) => {
    const summary = summaries.get(id);
    return summary ? [{ summary, listCursor }] : [];
  });
}

async function summariesOf(db: Queryable, ids: readonly string[]): Promise<AllocationSummary[]> {
  const rows = await db.rows<SummaryRow>(
    `SELECT a.id, a.number, a.form, a.purpose, a.severity, a.holder_kind, a.holder_id, a.note, a.version, a.created_at,
            ${HOLDER_NAME} AS holder_name, a.service_id, ${SERVICE_NAME} AS service_name, n.*
     FROM allocation a
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE l.state = 'issued')::integer AS issued,
              count(*) FILTER (WHERE l.state = 'held' AND l.expires_at > clock_timestamp())::integer AS held,
              count(*)::integer AS lines,
              min(l.due_at) FILTER (WHERE l.state = 'issued') AS due_at,
              coalesce(bool_or(l.state = 'issued' AND l.due_at < clock_timestamp()), false) AS is_overdue,
              min(l.expires_at) FILTER (WHERE l.state = 'held' AND l.expires_at > clock_timestamp()) AS expires_at
       FROM allocation_line l WHERE l.allocation_id = a.id
     ) n
     WHERE a.id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows.map(summaryOf);
}

interface SummaryRow {
  readonly id: string;
  readonly number: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: Severity | null;
  readonly holder_kind: Holder['kind'];
  readonly holder_id: string;
  readonly holder_name: string;
  readonly service_id: string | null;
  readonly service_name: string | null;
  readonly note: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly held: number;
  readonly issued: number;
  readonly lines: number;
  readonly due_at: Date | null;
  readonly is_overdue: boolean;
  readonly expires_at: Date | null;
}

function summaryOf(row: SummaryRow): AllocationSummary {
  const number = Number(row.number);
  return {
    id: row.id,
    number,
    code: allocationCode(number),
    form: row.form,
    purpose: row.purpose,
    severity: row.severity,
    holder: { kind: row.holder_kind, id: row.holder_id, name: row.holder_name },
    service: row.service_id === null ? null : { id: row.service_id, name: row.service_name ?? '' },
    note: row.note,
    lines: { held: row.held, issued: row.issued, ended: row.lines - row.held - row.issued },
    dueAt: instantOrNull(row.due_at),
    isOverdue: row.is_overdue,
    expiresAt: instantOrNull(row.expires_at),
    version: row.version,
    createdAt: instantOf(row.created_at),
  };
}

/** One time that a unit, or seats, were held or handed out. */
export interface Stay {
  readonly lineId: string;
  readonly allocation: {
    readonly id: string;
    readonly code: string;
    readonly form: AllocationForm;
    readonly purpose: Purpose;
  };
  readonly holder: Holder;
  /** Seats; of a unit 1. */
  readonly quantity: number;
  /** Who of the holder has them, when somebody said. */
  readonly assignee: string | null;
  readonly state: LineState;
  readonly from: Temporal.Instant;
  /** The end of what it occupies or occupied; null for an issue without a due date. */
  readonly until: Temporal.Instant | null;
  readonly issuedAt: Temporal.Instant | null;
  readonly dueAt: Temporal.Instant | null;
  readonly endedAt: Temporal.Instant | null;
  readonly endNote: string | null;
}

interface StayPage {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Every time that a unit was held or handed out, newest first. Empty for a unit that is not there. */
export async function staysOfUnit(db: Queryable, unitId: string, page: StayPage): Promise<Stay[]> {
  return staysWhere(db, 'l.unit_id = $1', unitId, page);
}

/** The seats of an entitlement that are held or handed out now, newest first. Empty for one that is not there. */
export async function liveStaysOfEntitlement(db: Queryable, entitlementId: string, page: StayPage): Promise<Stay[]> {
  return staysWhere(db, `l.entitlement_id = $1 AND ${LIVE}`, entitlementId, page);
}

async function staysWhere(db: Queryable, condition: string, id: string, page: StayPage): Promise<Stay[]> {
  const rows = await db.rows<StayRow>(
    `SELECT l.id, a.id AS allocation_id, a.number, a.form, a.purpose, a.holder_kind, a.holder_id,
            ${HOLDER_NAME} AS holder_name, l.quantity, l.assignee,
            CASE WHEN l.state = 'held' AND l.expires_at <= clock_timestamp() THEN 'expired' ELSE l.state END AS state,
            lower(l.during) AS begins_at, upper(l.during) AS ends_at, l.issued_at, l.due_at, l.ended_at, l.end_note
     FROM allocation_line l
     JOIN allocation a ON a.id = l.allocation_id
     WHERE ${condition} AND ($2::uuid IS NULL OR l.id < $2)
     ORDER BY l.id DESC LIMIT $3`,
    [id, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({
    lineId: row.id,
    allocation: {
      id: row.allocation_id,
      code: allocationCode(Number(row.number)),
      form: row.form,
      purpose: row.purpose,
    },
    holder: { kind: row.holder_kind, id: row.holder_id, name: row.holder_name },
    quantity: row.quantity,
    assignee: row.assignee,
    state: row.state,
    from: instantOf(row.begins_at),
    until: instantOrNull(row.ends_at),
    issuedAt: instantOrNull(row.issued_at),
    dueAt: instantOrNull(row.due_at),
    endedAt: instantOrNull(row.ended_at),
    endNote: row.end_note,
  }));
}

interface StayRow {
  readonly id: string;
  readonly allocation_id: string;
  readonly number: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly holder_kind: Holder['kind'];
  readonly holder_id: string;
  readonly holder_name: string;
  readonly quantity: number;
  readonly assignee: string | null;
  readonly state: LineState;
  readonly begins_at: Date;
  readonly ends_at: Date | number;
  readonly issued_at: Date | null;
  readonly due_at: Date | null;
  readonly ended_at: Date | null;
  readonly end_note: string | null;
}
