import type { Temporal } from 'temporal-polyfill';
import type { Queryable, Tx } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { instantOrNull } from './allocation.ts';

/** A promise on a unit that cannot keep it: it was lost or quarantined, its test is due, or it is still out. */
export interface StrandedLine {
  readonly id: string;
  readonly allocationId: string;
  readonly partId: string;
  readonly unitId: string;
  readonly from: Temporal.Instant;
  /** Null: without end. */
  readonly until: Temporal.Instant | null;
}

/** A unit that is out is expected back, so a promise on it is stranded only once its time has begun. */
const STRANDED = `
  SELECT l.id, l.allocation_id AS "allocationId", l.part_id AS "partId", l.unit_id AS "unitId",
         lower(l.during) AS "from", upper(l.during) AS "until"
  FROM allocation_line l JOIN unit u ON u.id = l.unit_id
  WHERE l.state = 'held' AND NOT l.pinned AND l.expires_at > clock_timestamp()
    AND NOT unit_usable(u) AND (u.state <> 'issued' OR lower(l.during) <= clock_timestamp())`;

type StrandedRecord = Omit<StrandedLine, 'from' | 'until'> & { readonly from: Date; readonly until: Date | number };

/** Stranded lines of which any other unit would do, the one that begins first first. */
export async function strandedLines(db: Queryable, limit: number): Promise<StrandedLine[]> {
  const rows = await db.rows<StrandedRecord>(`${STRANDED} ORDER BY lower(l.during), l.id LIMIT $1`, [limit]);
  return rows.map(lineOf);
}

/** One line, if it is stranded; ask under the pool's lock. */
export async function strandedLine(tx: Tx, id: string): Promise<StrandedLine | undefined> {
  const [row] = await tx.rows<StrandedRecord>(`${STRANDED} AND l.id = $1`, [id]);
  return row && lineOf(row);
}

/** Puts a held line that is not pinned onto another unit; whoever has read its allocation has read the old one. */
export async function moveLine(tx: Tx, line: StrandedLine, unitId: string): Promise<void> {
  await tx.execute('UPDATE allocation_line SET unit_id = $2 WHERE id = $1', [line.id, unitId]);
  await tx.execute('UPDATE allocation SET version = version + 1, updated_at = now() WHERE id = $1', [
    line.allocationId,
  ]);
}

function lineOf({ from, until, ...row }: StrandedRecord): StrandedLine {
  return { ...row, from: instantOf(from), until: instantOrNull(until) };
}
