import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type AllocationForm, allocationCode, type HolderKind, instantOrNull, type Purpose } from './allocation.ts';
import type { AllocationTarget, LockedAllocation, LockedLine } from './lifecycle.ts';
import { lockPools } from './pool-lock.store.ts';

/**
 * Locks the pools of an allocation (and of other parts that the same act moves), then the allocation itself: the order that
 * everybody keeps. Holds in those pools whose time is over are ended by that.
 * @throws AppError `not-found` `no-such-allocation`, also when it began as something else than the caller takes it for;
 *   `stale` `stale-allocation`.
 */
export async function lockAllocation(
  tx: Tx,
  { id, form, expectedVersion }: AllocationTarget,
  otherPartIds: readonly string[] = [],
): Promise<LockedAllocation> {
  // The pools of an allocation never change: a line keeps its part, and a split of it has the same.
  const [pools] = await tx.rows<{ parts: string[]; entitlements: string[] }>(
    `SELECT coalesce(array_agg(DISTINCT part_id) FILTER (WHERE part_id IS NOT NULL), '{}') AS parts,
            coalesce(array_agg(DISTINCT entitlement_id) FILTER (WHERE entitlement_id IS NOT NULL), '{}') AS entitlements
     FROM allocation_line WHERE allocation_id = $1`,
    [id],
  );
  const parts = [...new Set([...(pools?.parts ?? []), ...otherPartIds])];
  await lockPools(tx, parts, pools?.entitlements ?? []);
  const [head] = await tx.rows<HeadRow>(
    `SELECT id, number, form, purpose, severity, holder_kind, holder_id, service_id, reserve_reason, version,
            form = 'checkout' OR collected_at IS NOT NULL AS is_out, clock_timestamp() AS now
     FROM allocation WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!head) throw new AppError('not-found', 'no-such-allocation', `There is no ${form ?? 'allocation'} ${id}`);
  const code = allocationCode(Number(head.number));
  if (form !== undefined && form !== head.form && !(form === 'checkout' && head.is_out)) {
    throw new AppError('not-found', 'no-such-allocation', `${code} is a ${head.form}, not a ${form}`);
  }
  if (expectedVersion !== undefined && head.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-allocation',
      `${code} is at version ${head.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  return {
    id,
    code,
    form: head.form,
    purpose: head.purpose,
    severity: head.severity,
    holder: { kind: head.holder_kind, id: head.holder_id },
    serviceId: head.service_id,
    reserveReason: head.reserve_reason,
    isCollected: head.is_out,
    now: head.now,
    lines: await lockedLines(tx, id),
  };
}

/** What an issued line is handed out as. */
export interface Issue {
  readonly dueAt: Date | null;
  /** Another unit of the part than the one that was held. */
  readonly unitId: string | null;
}

/** Makes a held line an issued one; it occupies its unit until it is due. The movement is the caller's. */
export async function issueLine(tx: Tx, lineId: string, { dueAt, unitId }: Issue): Promise<void> {
  await tx.execute(
    `UPDATE allocation_line SET state = 'issued', unit_id = $3, issued_at = clock_timestamp(), due_at = $2, pinned = true,
       during = tstzrange(lower(during), coalesce($2::timestamptz, 'infinity'))
     WHERE id = $1`,
    [lineId, dueAt, unitId],
  );
}

type EndState = 'returned' | 'consumed' | 'deployed' | 'lost' | 'damaged' | 'released';

/**
 * Ends a line, or a part of it: then the part that ends becomes a line of its own, which names the first one, and the rest
 * goes on. The caller has looked that the line has so many.
 */
export async function endLine(
  tx: Tx,
  line: Pick<LockedLine, 'id' | 'quantity'>,
  end: { readonly state: EndState; readonly quantity: number; readonly note: string | null },
): Promise<void> {
  if (end.quantity === line.quantity) {
    await tx.execute(
      'UPDATE allocation_line SET state = $2, ended_at = clock_timestamp(), end_note = $3 WHERE id = $1',
      [line.id, end.state, end.note],
    );
    return;
  }
  await tx.execute(
    `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, entitlement_id, quantity, state,
       during, expires_at, due_at, pinned, from_reserve, device_model_id, assignee, root_line_id, issued_at, ended_at, end_note)
     SELECT $2, allocation_id, position, kind, part_id, stock_id, entitlement_id, $4, $3,
       during, expires_at, due_at, pinned, from_reserve, device_model_id, assignee, root_line_id, issued_at,
       clock_timestamp(), $5
     FROM allocation_line WHERE id = $1`,
    [line.id, newId(), end.state, end.quantity, end.note],
  );
  await tx.execute('UPDATE allocation_line SET quantity = quantity - $2 WHERE id = $1', [line.id, end.quantity]);
}

/** Gives an issued line another due date; null: none. */
export async function setDue(tx: Tx, lineId: string, dueAt: Date | null): Promise<void> {
  await tx.execute(
    `UPDATE allocation_line SET due_at = $2, during = tstzrange(lower(during), coalesce($2::timestamptz, 'infinity'))
     WHERE id = $1`,
    [lineId, dueAt],
  );
}

/** Gives a held line another end of its window, another expiry, and perhaps another unit. */
export async function setWindow(
  tx: Tx,
  lineId: string,
  { endsAt, expiresAt, unitId }: { readonly endsAt: Date; readonly expiresAt: Date; readonly unitId: string | null },
): Promise<void> {
  await tx.execute(
    `UPDATE allocation_line SET during = tstzrange(lower(during), $2), expires_at = $3, unit_id = $4 WHERE id = $1`,
    [lineId, endsAt, expiresAt, unitId],
  );
}

/** What a change may set in the allocation itself. */
export interface AllocationColumns {
  readonly isCollected?: boolean;
  readonly reserveReason?: string | undefined;
  readonly emergencyCase?: string | undefined;
  readonly holder?: { readonly kind: HolderKind; readonly id: string };
}

/** Counts the version up, also when only lines have changed. */
export async function touchAllocation(tx: Tx, id: string, change: AllocationColumns = {}): Promise<void> {
  await tx.execute(
    `UPDATE allocation SET version = version + 1, updated_at = now(),
       collected_at = CASE WHEN $2 AND form <> 'checkout' THEN coalesce(collected_at, now()) ELSE collected_at END,
       reserve_reason = coalesce($3, reserve_reason), emergency_case = coalesce($6, emergency_case),
       holder_kind = coalesce($4, holder_kind), holder_id = coalesce($5, holder_id)
     WHERE id = $1`,
    [
      id,
      change.isCollected ?? false,
      change.reserveReason ?? null,
      change.holder?.kind ?? null,
      change.holder?.id ?? null,
      change.emergencyCase ?? null,
    ],
  );
}

/**
 * Has the walls look at everything now, not at the commit, so that a refusal reaches the caller as what it is.
 * @throws AppError `conflict` for what the walls refuse.
 */
export async function settle(tx: Tx): Promise<void> {
  await wallsMapped(() => tx.execute('SET CONSTRAINTS ALL IMMEDIATE'));
  await tx.execute('SET CONSTRAINTS ALL DEFERRED');
}

/** Runs writes to lines and says in the caller's words what a wall refuses. The code has looked before and said it better. */
export async function wallsMapped<T>(work: () => Promise<T>): Promise<T> {
  return mapConstraints(WALLS, work);
}

const refused = (code: string, message: string) => () => new AppError('conflict', code, message);

const WALLS = {
  allocation_line_dead_hold: refused('hold-expired', 'The hold has expired meanwhile: allocate again'),
  allocation_line_unit_window: refused('unit-reserved', 'The unit is reserved for somebody else inside that time'),
  allocation_line_unit_issued_once: refused('unit-is-out', 'The unit is handed out to somebody else already'),
  allocation_line_usable: refused('unit-not-usable', 'What was held cannot be used any more'),
  allocation_line_issued_in_window: refused('due-in-the-past', 'The due date has passed meanwhile: name a later one'),
  allocation_line_floor: refused('reserve-touched', 'That would take from the emergency reserve of the part'),
  allocation_line_reserve_of_emergency: refused('reserve-touched', 'Only an emergency takes from the reserve'),
  allocation_line_seats: refused('not-enough-seats', 'The entitlement has not as many seats for that time'),
  allocation_line_stock_held: refused('not-enough-stock', 'Not as many pieces lie there for that time'),
  movement_keeps_holds: refused('stock-is-held', 'Pieces that are held for somebody else would be taken'),
};

interface HeadRow {
  readonly number: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: string | null;
  readonly holder_kind: HolderKind;
  readonly holder_id: string;
  readonly service_id: string | null;
  readonly reserve_reason: string | null;
  readonly version: number;
  readonly is_out: boolean;
  readonly now: Date;
}

async function lockedLines(tx: Tx, allocationId: string): Promise<LockedLine[]> {
  const rows = await tx.rows<Omit<LockedLine, 'endsAt'> & { readonly upper: Date | number }>(
    `SELECT l.id, l.position, l.kind, l.quantity, l.part_id AS "partId", l.unit_id AS "unitId", l.stock_id AS "stockId",
            l.entitlement_id AS "entitlementId", u.serial, u.asset_tag AS "assetTag", l.root_line_id AS "rootLineId",
            CASE l.kind WHEN 'unit' THEN u.serial || ' of ' || p.part_number WHEN 'stock' THEN p.part_number
              ELSE e.name END AS label,
            l.pinned AS "isPinned", l.from_reserve AS "isFromReserve", lower(l.during) AS "beginsAt", upper(l.during) AS upper,
            l.expires_at AS "expiresAt", l.due_at AS "dueAt", l.ended_at AS "endedAt",
            CASE WHEN l.state = 'held' AND l.expires_at <= clock_timestamp() THEN 'expired' ELSE l.state END AS state
     FROM allocation_line l
     LEFT JOIN part p ON p.id = l.part_id
     LEFT JOIN unit u ON u.id = l.unit_id
     LEFT JOIN entitlement e ON e.id = l.entitlement_id
     WHERE l.allocation_id = $1 ORDER BY l.position, l.id`,
    [allocationId],
  );
  return rows.map(({ upper, ...line }) => ({
    ...line,
    endsAt: instantOrNull(upper) === null ? null : (upper as Date),
  }));
}
