import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Span } from './allocate-span.ts';
import type { PlainWish } from './checkout-request.ts';
import { wallsMapped } from './lifecycle.store.ts';
import type { Pick, Want } from './pick.ts';

/** The pools that a wish may take from, to be locked. */
export function poolIdsOf(wants: readonly Want[]): { readonly parts: string[]; readonly entitlements: string[] } {
  const parts = wants.flatMap((want) => {
    if (want.kind === 'seat') return [];
    return want.kind === 'fit' ? want.options.map(({ partId }) => partId) : [want.partId];
  });
  const entitlements = wants.flatMap((want) => (want.kind === 'seat' ? want.entitlementIds : []));
  return { parts: [...new Set(parts)], entitlements: [...new Set(entitlements)] };
}

/** A pick with the id of its line. */
export type WrittenPick = Pick & { readonly lineId: string };

/** As many lines as one allocation can have. */
const LINES_MAX = 2000;

/**
 * The lines that picks become.
 * @throws AppError `unprocessable` `too-many-lines`: every unit is a line of its own.
 */
export function linesOf(picks: readonly Pick[]): readonly WrittenPick[] {
  if (picks.length > LINES_MAX) {
    throw new AppError(
      'unprocessable',
      'too-many-lines',
      `That comes to ${picks.length} lines; at most ${LINES_MAX} go at once`,
    );
  }
  return picks.map((pick): WrittenPick => ({ ...pick, lineId: newId() }));
}

interface NewAllocation {
  readonly id: string;
  readonly lines: readonly WrittenPick[];
  readonly span: Span;
  readonly createdBy: string;
}

const unitGone = () =>
  new AppError('conflict', 'unit-not-available', 'A unit is not free any more: it has changed meanwhile, ask again');

/**
 * Writes an allocation with its lines, in one statement.
 * @throws AppError `conflict` `unit-not-available`, when somebody took a unit without the lock of its pool.
 */
export async function insertAllocation(
  tx: Tx,
  wish: PlainWish,
  { id, lines, span, createdBy }: NewAllocation,
): Promise<{ readonly number: number; readonly createdAt: Date }> {
  const errors = {
    allocation_line_unit_window: unitGone,
    allocation_line_unit_issued_once: unitGone,
  };
  const [row] = await mapConstraints(errors, () =>
    tx.rows<{ number: string; createdAt: Date }>(
      `WITH head AS (
       INSERT INTO allocation (id, form, purpose, severity, holder_kind, holder_id, service_id, note, reserve_reason,
         emergency_case, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $16) RETURNING number, created_at
     ), line AS (
     INSERT INTO allocation_line (id, root_line_id, allocation_id, position, kind, part_id, unit_id, stock_id, entitlement_id,
       quantity, state, during, expires_at, due_at, pinned, from_reserve, device_model_id, assignee, issued_at)
     SELECT l.id, l.id, $1, l.position, l.kind, l.part_id, l.unit_id, l.stock_id, l.entitlement_id, l.quantity, $11,
       $12::tstzrange, $13, $14, l.pinned, l.from_reserve, l.device_model_id, l.assignee,
       CASE $11 WHEN 'issued' THEN lower($12::tstzrange) END
     FROM jsonb_to_recordset($15::jsonb) AS l (id uuid, position integer, kind text, part_id uuid, unit_id uuid,
       stock_id uuid, entitlement_id uuid, quantity integer, pinned boolean, from_reserve boolean, device_model_id uuid,
       assignee text)
     )
     SELECT number, created_at AS "createdAt" FROM head`,
      [
        id,
        wish.form,
        wish.purpose,
        wish.severity ?? null,
        wish.holder.kind,
        wish.holder.id,
        wish.serviceId ?? null,
        wish.note ?? null,
        wish.reserve?.reason ?? null,
        wish.reserve?.case ?? null,
        span.state,
        span.range,
        span.expiresAt?.toString() ?? null,
        span.dueAt?.toString() ?? null,
        JSON.stringify(lines.map((line, index) => lineRecord(line, index))),
        createdBy,
      ],
    ),
  );
  if (!row) throw new Error('INSERT ... RETURNING answered no row');
  return { number: Number(row.number), createdAt: row.createdAt };
}

/**
 * Has the walls look at what was written now, not at the commit, so that what only they know (the day has changed in UTC,
 * a location was moved meanwhile) reaches the caller as a refusal.
 * @throws AppError `conflict` for what the walls refuse.
 */
export async function settleNow(tx: Tx): Promise<void> {
  // One message: when the first fails, the second is not carried out.
  await wallsMapped(() => tx.execute('SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED'));
}

function lineRecord(line: WrittenPick, index: number) {
  const common = {
    id: line.lineId,
    position: index,
    kind: line.kind,
    quantity: line.quantity,
    from_reserve: line.isFromReserve,
  };
  switch (line.kind) {
    case 'unit':
      return {
        ...common,
        part_id: line.part.id,
        unit_id: line.unit.id,
        pinned: line.isPinned,
        device_model_id: line.deviceModelId,
      };
    case 'stock':
      return {
        ...common,
        part_id: line.part.id,
        stock_id: line.row.id,
        pinned: true,
        device_model_id: line.deviceModelId,
      };
    case 'seat':
      return { ...common, entitlement_id: line.entitlement.id, pinned: true, assignee: line.assignee };
  }
}
