import type { Tx } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { heldPeaks, holdsOnStock, type LockedStock } from './stock.store.ts';

/** What a request leaves of one stock row. */
interface Remainder {
  readonly stock: LockedStock;
  readonly left: number;
  /** Where the last line that took from it names its quantity. */
  readonly field: string;
}

/**
 * Keeps account of the pieces that the lines of one request take, so that two lines are never checked against the same
 * pieces.
 */
export class PiecesLeft {
  readonly #remainders = new Map<string, Remainder>();

  /** Takes pieces of a row off. @throws AppError `conflict` `not-enough-stock`, naming the line's field. */
  take(stock: LockedStock, quantity: number, field: string): void {
    const before = this.#remainders.get(stock.id)?.left ?? stock.quantity;
    if (quantity > before) {
      throw new AppError('conflict', 'not-enough-stock', `${quantity} pieces are wanted, and ${before} lie there`, {
        fields: [{ field, message: `must be at most ${before}` }],
      });
    }
    this.#remainders.set(stock.id, { stock, left: before - quantity, field });
  }

  /**
   * Refuses to take pieces away that are held where they lie.
   * @throws AppError `conflict` `stock-is-held`, which says for whom and until when.
   */
  async requireHeldStay(tx: Tx): Promise<void> {
    const peaks = await heldPeaks(tx, [...this.#remainders.keys()]);
    for (const { stock, left, field } of this.#remainders.values()) {
      const peak = peaks.get(stock.id) ?? 0;
      if (left < peak) throw await stockIsHeld(tx, stock, peak, field);
    }
  }
}

async function stockIsHeld(tx: Tx, stock: LockedStock, peak: number, field: string): Promise<AppError> {
  const holds = await holdsOnStock(tx, stock.id);
  const held = holds
    .map(({ quantity, holder, until }) => `${quantity} for ${holder} until ${instantOf(until)}`)
    .join(', ');
  return new AppError('conflict', 'stock-is-held', `${peak} of the ${stock.quantity} pieces are held: ${held}`, {
    fields: [{ field, message: `must leave the ${peak} that are held` }],
  });
}
