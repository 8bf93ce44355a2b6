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
export async function allocationsByIds(db: Queryable, ids: readonly string[]): Promise<Allocation[]> {
  const heads = await db.rows<AllocationRecord>(
    `SELECT a.id, a.number, a.form, a.purpose, a.severity, a.holder_kind, a.holder_id, a.note, a.reserve_reason,
            a.version, a.created_at, a.updated_at, a.service_id, s.name AS service_name, a.created_by, c.name AS creator_name,
            coalesce(hp.name, hs.name, hj.name) AS holder_name
     FROM allocation a
     LEFT JOIN principal hp ON hp.id = a.holder_principal_id
     LEFT JOIN service hs ON hs.id = a.holder_service_id
     LEFT JOIN project hj ON hj.id = a.holder_project_id
     LEFT JOIN service s ON s.id = a.service_id
     LEFT JOIN principal c ON c.id = a.created_by
     WHERE a.id = ANY ($1)
     ORDER BY array_position($1, a.id)`,
    [ids],
  );
  const lines = await db.rows<LineRecord>(
    `SELECT l.id, l.allocation_id, l.kind, l.quantity, l.part_id, p.part_number, p.name AS part_name, l.unit_id, u.serial,
            u.asset_tag, l.stock_id, k.lot, k.expires_on::text AS lot_expires_on, l.entitlement_id, e.name AS entitlement_name,
            trim(lp.vendor || ' ' || lp.name || ' ' || lp.product_version) AS product, loc.id AS location_id,
            loc.code AS location_code, lower(l.during) AS begins_at, upper(l.during) AS ends_at, l.expires_at, l.due_at,
            l.pinned, l.from_reserve, l.device_model_id, l.assignee, l.root_line_id, l.issued_at, l.ended_at, l.end_note,
            CASE WHEN l.state = 'held' AND l.expires_at <= clock_timestamp() THEN 'expired' ELSE l.state END AS state,
            l.state = 'issued' AND l.due_at < clock_timestamp() AS overdue
     FROM allocation_line l
     LEFT JOIN part p ON p.id = l.part_id
     LEFT JOIN unit u ON u.id = l.unit_id
     LEFT JOIN stock k ON k.id = l.stock_id
     LEFT JOIN location loc ON loc.id = coalesce(u.location_id, k.location_id)
     LEFT JOIN entitlement e ON e.id = l.entitlement_id
     LEFT JOIN licence_product lp ON lp.id = e.product_id
     WHERE l.allocation_id = ANY ($1)
     ORDER BY l.allocation_id, l.position, l.id`,
    [ids],
  );
  const ofAllocation = Map.groupBy(lines, (line) => line.allocation_id);
  return heads.map((head) => allocationOf(head, ofAllocation.get(head.id) ?? []));
}

interface AllocationRecord {
  readonly id: string;
  readonly number: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: Severity | null;
  readonly holder_kind: HolderKind;
  readonly holder_id: string;
  readonly holder_name: string;
  readonly service_id: string | null;
  readonly service_name: string | null;
  readonly note: string | null;
  readonly reserve_reason: string | null;
  readonly created_by: string | null;
  readonly creator_name: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface LineRecord {
  readonly id: string;
  readonly allocation_id: string;
  readonly kind: AllocationLine['kind'];
  readonly state: LineState;
  readonly overdue: boolean | null;
  readonly quantity: number;
  readonly part_id: string | null;
  readonly part_number: string;
  readonly part_name: string;
  readonly unit_id: string | null;
  readonly serial: string;
  readonly asset_tag: string | null;
  readonly stock_id: string | null;
  readonly lot: string;
  readonly lot_expires_on: string | null;
  readonly entitlement_id: string | null;
  readonly entitlement_name: string;
  readonly product: string;
  readonly location_id: string | null;
  readonly location_code: string;
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
    service: row.service_id === null ? null : { id: row.service_id, name: row.service_name ?? '' },
    note: row.note,
    reserveReason: row.reserve_reason,
    createdBy: row.created_by === null ? null : { id: row.created_by, name: row.creator_name ?? '' },
    lines: lines.map(lineOf),
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}

function lineOf(row: LineRecord): AllocationLine {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    quantity: row.quantity,
    part: row.part_id === null ? null : { id: row.part_id, partNumber: row.part_number, name: row.part_name },
    unit: row.unit_id === null ? null : { id: row.unit_id, serial: row.serial, assetTag: row.asset_tag },
    stock: row.stock_id === null ? null : { id: row.stock_id, lot: row.lot, expiresOn: row.lot_expires_on },
    entitlement:
      row.entitlement_id === null ? null : { id: row.entitlement_id, name: row.entitlement_name, product: row.product },
    location: row.location_id === null ? null : { id: row.location_id, code: row.location_code },
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
