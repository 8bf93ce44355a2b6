import type { Tx } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { heldPieces, type LockedStock } from './stock.store.ts';

/**
 * Keeps account of the pieces that the lines of one request take, so that two lines are never checked against the same
 * pieces.
 */
export class PiecesLeft {
  readonly #left = new Map<string, number>();

  /** Takes pieces of a row off. @throws AppError `conflict` `not-enough-stock`, naming the line's field. */
  take(stock: LockedStock, quantity: number, field: string): void {
    const left = (this.#left.get(stock.id) ?? stock.quantity) - quantity;
    if (left < 0) {
      throw new AppError(
        'conflict',
        'not-enough-stock',
        `${quantity} pieces are wanted, and ${left + quantity} lie there`,
        {
          fields: [{ field, message: `must be at most ${left + quantity}` }],
        },
      );
    }
    this.#left.set(stock.id, left);
  }

  /** Pieces of the row that are not taken yet. */
  of(stock: LockedStock): number {
    return this.#left.get(stock.id) ?? stock.quantity;
  }
}

/**
 * Refuses to move pieces away that are held where they lie. The caller has locked the row and taken its pieces off.
 * @throws AppError `conflict` `stock-is-held`, which says for whom and until when.
 */
export async function requireNotHeld(tx: Tx, stock: LockedStock, left: number, field: string): Promise<void> {
  const { peak, holds } = await heldPieces(tx, stock.id);
  if (left >= peak) return;
  const held = holds
    .map(({ quantity, holder, until }) => `${quantity} for ${holder} until ${instantOf(until)}`)
    .join(', ');
  throw new AppError('conflict', 'stock-is-held', `${peak} of the ${stock.quantity} pieces are held: ${held}`, {
    fields: [{ field, message: `must leave the ${peak} that are held` }],
  });
}
