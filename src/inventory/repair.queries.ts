import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Repair, RepairOutcome } from './repair.ts';

const SELECT = `r.id, r.unit_id, u.serial, u.asset_tag, u.part_id, p.part_number, p.name AS part_name, r.vendor,
  r.vendor_case, r.fault, r.sent_at, r.expected_back_on::text AS expected_back_on, r.closed_at, r.outcome, r.version,
  r.created_at, r.updated_at, r.closed_at IS NULL AND r.expected_back_on < utc_today() AS overdue`;
const FROM = 'repair r JOIN unit u ON u.id = r.unit_id JOIN part p ON p.id = u.part_id';

/** Repairs can be listed by unit, and the open ones by the day on which they should be back. */
export const REPAIR_LIST = {
  select: SELECT,
  from: FROM,
  sorts: {
    id: { keys: [{ sql: 'r.id', type: 'uuid' }] },
    expectedBack: {
      keys: [
        { sql: 'r.expected_back_on', type: 'date' },
        { sql: 'r.id', type: 'uuid' },
      ],
      only: 'r.closed_at IS NULL AND r.expected_back_on IS NOT NULL',
    },
  },
  filters: { unitId: (value) => `r.unit_id = ${value}` },
  pairs: [
    { filters: ['unitId'], sorts: ['id'] },
    { filters: [], sorts: ['expectedBack'] },
  ],
} as const satisfies ListDeclaration<'unitId', 'id' | 'expectedBack'>;

type RepairFilter = keyof typeof REPAIR_LIST.filters;
type RepairSort = keyof typeof REPAIR_LIST.sorts;

/** A page of repairs. @throws AppError as {@link listRows}. */
export async function listRepairs(db: Queryable, request: ListRequest<RepairFilter, RepairSort>) {
  const rows = await listRows<RepairRecord, RepairFilter, RepairSort>(db, REPAIR_LIST, request);
  return rows.map((row) => ({ repair: repairOf(row), listCursor: row.listCursor }));
}

/** How many repairs the filters let pass: a number, or `10,000+`. */
export function countRepairs(db: Queryable, request: ListRequest<RepairFilter, RepairSort>): Promise<string> {
  return countRows<RepairFilter, RepairSort>(db, { ...REPAIR_LIST, from: 'repair r' }, request);
}

/** One repair. @throws AppError `not-found` `no-such-repair`. */
export async function repairById(db: Queryable, id: string): Promise<Repair> {
  const [row] = await db.rows<RepairRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE r.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-repair', `There is no repair ${id}`);
  return repairOf(row);
}

interface RepairRecord {
  readonly id: string;
  readonly unit_id: string;
  readonly serial: string;
  readonly asset_tag: string | null;
  readonly part_id: string;
  readonly part_number: string;
  readonly part_name: string;
  readonly vendor: string | null;
  readonly vendor_case: string | null;
  readonly fault: string | null;
  readonly sent_at: Date;
  readonly expected_back_on: string | null;
  readonly closed_at: Date | null;
  readonly outcome: RepairOutcome | null;
  readonly overdue: boolean | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function repairOf(row: RepairRecord): Repair {
  return {
    id: row.id,
    unit: { id: row.unit_id, serial: row.serial, assetTag: row.asset_tag },
    part: { id: row.part_id, partNumber: row.part_number, name: row.part_name },
    vendor: row.vendor,
    vendorCase: row.vendor_case,
    fault: row.fault,
    sentAt: instantOf(row.sent_at),
    expectedBackOn: row.expected_back_on,
    closedAt: row.closed_at && instantOf(row.closed_at),
    outcome: row.outcome,
    isOverdue: row.overdue ?? false,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
