import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import {
  type Allocation,
  type AllocationForm,
  type AllocationLine,
  allocationCode,
  type HolderKind,
  instantOrNull,
  type LineState,
  type Purpose,
} from './allocation.ts';
import { HOLDER_NAME } from './holder-name.queries.ts';

/**
 * One allocation with its lines.
 * @throws AppError `not-found` `no-such-allocation`.
 */
export async function allocationById(db: Queryable, id: string): Promise<Allocation> {
  const [found] = await allocationsByIds(db, [id]);
  if (!found) throw new AppError('not-found', 'no-such-allocation', `There is no check-out, hold or reservation ${id}`);
  return found;
}

/** Allocations with their lines, in the order of the ids; those that are not there are left out. Two statements. */
async function allocationsByIds(db: Queryable, ids: readonly string[]): Promise<Allocation[]> {
  const heads = await db.rows<AllocationRecord>(
    `SELECT a.id, a.number, a.form, a.purpose, a.severity, a.holder_kind, a.holder_id, ${HOLDER_NAME} AS holder_name,
            a.note, a.reserve_reason, a.emergency_case, a.version, a.created_at, a.updated_at,
            (SELECT jsonb_build_object('id', id, 'name', name) FROM service WHERE id = a.service_id) AS service,
            (SELECT jsonb_build_object('id', id, 'name', name) FROM principal WHERE id = a.created_by) AS created_by
     FROM allocation a
     WHERE a.id = ANY ($1)
     ORDER BY array_position($1, a.id)`,
    [ids],
  );
  const lines = await db.rows<LineRecord>(
    `SELECT l.id, l.allocation_id, l.kind, l.quantity, ${THINGS}, lower(l.during) AS begins_at, upper(l.during) AS ends_at,
            l.expires_at, l.due_at, l.pinned, l.from_reserve, l.device_model_id, l.assignee, l.root_line_id, l.issued_at,
            l.ended_at, l.end_note,
            CASE WHEN l.state = 'held' AND l.expires_at <= clock_timestamp() THEN 'expired' ELSE l.state END AS state,
            l.state = 'issued' AND l.due_at < clock_timestamp() AS overdue
     FROM allocation_line l
     WHERE l.allocation_id = ANY ($1)
     ORDER BY l.allocation_id, l.position, l.id`,
    [ids],
  );
  const ofAllocation = Map.groupBy(lines, (line) => line.allocation_id);
  return heads.map((head) => allocationOf(head, ofAllocation.get(head.id) ?? []));
}

// Subqueries, not joins: PostgreSQL would spend more time on the order of so many joins than on the lines.
const THINGS = `
  (SELECT jsonb_build_object('id', id, 'partNumber', part_number, 'name', name) FROM part WHERE id = l.part_id) AS part,
  (SELECT jsonb_build_object('id', id, 'serial', serial, 'assetTag', asset_tag) FROM unit WHERE id = l.unit_id) AS unit,
  (SELECT jsonb_build_object('id', id, 'lot', lot, 'expiresOn', expires_on) FROM stock WHERE id = l.stock_id) AS stock,
  (SELECT jsonb_build_object('id', e.id, 'name', e.name, 'product', trim(p.vendor || ' ' || p.name || ' ' || p.product_version))
   FROM entitlement e JOIN licence_product p ON p.id = e.product_id WHERE e.id = l.entitlement_id) AS entitlement,
  (SELECT jsonb_build_object('id', id, 'code', code) FROM location WHERE id = coalesce(
     (SELECT location_id FROM unit WHERE id = l.unit_id), (SELECT location_id FROM stock WHERE id = l.stock_id))) AS location`;

interface AllocationRecord {
  readonly id: string;
  readonly number: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: Severity | null;
  readonly holder_kind: HolderKind;
  readonly holder_id: string;
  readonly holder_name: string;
  readonly service: Allocation['service'];
  readonly note: string | null;
  readonly reserve_reason: string | null;
  readonly emergency_case: string | null;
  readonly created_by: Allocation['createdBy'];
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface LineRecord extends Pick<AllocationLine, 'part' | 'unit' | 'stock' | 'entitlement' | 'location'> {
  readonly id: string;
  readonly allocation_id: string;
  readonly kind: AllocationLine['kind'];
  readonly state: LineState;
  readonly overdue: boolean | null;
  readonly quantity: number;
  readonly begins_at: Date;
  readonly ends_at: Date | number;
  readonly expires_at: Date | null;
  readonly due_at: Date | null;
  readonly pinned: boolean;
  readonly from_reserve: boolean;
  readonly device_model_id: string | null;
  readonly assignee: string | null;
  readonly root_line_id: string;
  readonly issued_at: Date | null;
  readonly ended_at: Date | null;
  readonly end_note: string | null;
}

function allocationOf(row: AllocationRecord, lines: readonly LineRecord[]): Allocation {
  const number = Number(row.number);
  return {
    id: row.id,
    number,
    code: allocationCode(number),
    form: row.form,
    purpose: row.purpose,
    severity: row.severity,
    holder: { kind: row.holder_kind, id: row.holder_id, name: row.holder_name },
    service: row.service,
    note: row.note,
    reserveReason: row.reserve_reason,
    emergencyCase: row.emergency_case,
    createdBy: row.created_by,
    lines: lines.map(lineOf),
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}

function lineOf(row: LineRecord): AllocationLine {
  const { part, unit, stock, entitlement, location } = row;
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    quantity: row.quantity,
    ...{ part, unit, stock, entitlement, location },
    from: instantOf(row.begins_at),
    until: instantOrNull(row.ends_at),
    expiresAt: instantOrNull(row.expires_at),
    dueAt: instantOrNull(row.due_at),
    isOverdue: row.overdue ?? false,
    isPinned: row.pinned,
    isFromReserve: row.from_reserve,
    deviceModelId: row.device_model_id,
    assignee: row.assignee,
    splitFrom: row.root_line_id === row.id ? null : row.root_line_id,
    issuedAt: instantOrNull(row.issued_at),
    endedAt: instantOrNull(row.ended_at),
    endNote: row.end_note,
  };
}
