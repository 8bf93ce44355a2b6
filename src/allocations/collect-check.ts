import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { othersOn, seatsFor, stockElsewhere, stockFor } from './lifecycle.queries.ts';
import type { LockedAllocation, LockedLine } from './lifecycle.ts';

/**
 * Holds of a drill may lie inside the reserve; what is handed out of it is for emergencies, by who may cross it.
 * @throws AppError `conflict` `reserve-not-for-drills`; `forbidden` `reserve-cross-missing`; `unprocessable`
 *   `reserve-reason-missing`, `reserve-not-touched`.
 */
export function requireReserveRight(
  caller: Caller,
  allocation: LockedAllocation,
  lines: readonly LockedLine[],
  reason: string | undefined,
): void {
  const line = lines.find(({ isFromReserve }) => isFromReserve);
  if (reason !== undefined && !line) {
    throw new AppError('unprocessable', 'reserve-not-touched', `${allocation.code} takes nothing from the reserve`, {
      fields: [{ field: '#/reserveReason', message: 'must be left out: nothing is taken from the reserve' }],
    });
  }
  if (!line) return;
  if (allocation.purpose !== 'incident' || allocation.severity !== 'emergency') {
    throw new AppError(
      'conflict',
      'reserve-not-for-drills',
      `${line.label} is part of the emergency reserve: a ${allocation.purpose} may hold it, never take it out`,
    );
  }
  if (!caller.principal.permissions.has('reserve.cross')) {
    throw new AppError(
      'forbidden',
      'reserve-cross-missing',
      `${line.label} is part of the emergency reserve: collecting it needs the permission reserve.cross`,
    );
  }
  if ((reason ?? allocation.reserveReason) !== null) return;
  throw new AppError(
    'unprocessable',
    'reserve-reason-missing',
    `${line.label} is part of the emergency reserve: say why it is taken`,
    {
      fields: [{ field: '#/reserveReason', message: 'must say why it takes from the emergency reserve' }],
    },
  );
}

/**
 * A count or a defect may have left less than what was held.
 * @throws AppError `conflict` `stock-not-usable`, `not-enough-stock`.
 */
export async function requireStockLies(tx: Tx, lines: readonly LockedLine[]): Promise<void> {
  const wanted = Map.groupBy(
    lines.filter(({ stockId }) => stockId !== null),
    ({ stockId }) => stockId,
  );
  for (const [stockId, [line, ...more]] of wanted) {
    if (!line || stockId === null) continue;
    const quantity = more.reduce((sum, other) => sum + other.quantity, line.quantity);
    const stock = await stockFor(tx, stockId, { from: line.beginsAt, until: line.endsAt });
    if (!stock.isUsable) {
      throw new AppError(
        'conflict',
        'stock-not-usable',
        `${line.label} at ${stock.location} is past its shelf life or quarantined`,
      );
    }
    if (stock.quantity >= quantity) continue;
    const elsewhere = await stockElsewhere(tx, stockId);
    throw new AppError(
      'conflict',
      'not-enough-stock',
      `Of ${line.label}, ${quantity} are held at ${stock.location}, but only ${stock.quantity} lie there${elsewhere.length > 0 ? `; elsewhere: ${elsewhere.join(', ')}` : ', and none elsewhere'}`,
    );
  }
}

/**
 * What was promised to others inside the time of a line is still there once it is handed out, or the refusal says whose it is.
 * @throws AppError `conflict` `stock-is-held`, `not-enough-seats`.
 */
export async function requirePromisesKept(
  tx: Tx,
  allocation: LockedAllocation,
  line: LockedLine,
  dueAt: Date | null,
): Promise<void> {
  const span = { from: allocation.now, until: dueAt };
  if (line.stockId !== null) {
    const { quantity, heldPeak, location } = await stockFor(tx, line.stockId, span);
    if (heldPeak <= quantity) return;
    throw new AppError(
      'conflict',
      'stock-is-held',
      `Only ${quantity} of ${line.label} would be left at ${location}, and ${heldPeak} are promised: ${(await othersOn(tx, line, span)).join('; ')}. Name a due date before that`,
    );
  }
  if (line.entitlementId === null) return;
  const { max, reserve, peak, ordinaryPeak } = await seatsFor(tx, line.entitlementId, {
    from: line.beginsAt,
    until: dueAt,
  });
  if (peak <= max && (line.isFromReserve || ordinaryPeak <= max - reserve)) return;
  throw new AppError(
    'conflict',
    'not-enough-seats',
    `${line.label} has ${max} seats${reserve > 0 ? `, ${reserve} of them for emergencies` : ''}, and ${peak} would be in use: ${(await othersOn(tx, line, span)).join('; ') || 'nobody else has any'}`,
  );
}
