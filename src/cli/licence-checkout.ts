import type { BasketLine } from '../allocations/checkout-request.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { checkOutNamed } from './checkout-named.ts';
import type { CheckoutOptions } from './checkout-options.ts';
import type { CommandContext } from './command.ts';
import { entitlementNamed, productNamed } from './named.ts';

/** As commander hands them over. */
export interface LicenceCheckoutOptions extends CheckoutOptions {
  readonly product?: string;
  readonly entitlement?: string;
  readonly seats: number;
  readonly assignee?: string;
}

/** Hands out seats of a product, or of one entitlement. */
export async function checkOutSeats(context: CommandContext, options: LicenceCheckoutOptions): Promise<number> {
  if ((options.product === undefined) === (options.entitlement === undefined)) {
    throw new AppError('usage', 'bad-options', 'Name either --product or --entitlement');
  }
  return checkOutNamed(context, options, async (db) => [await seatsOf(db, options)]);
}

async function seatsOf(db: Queryable, options: LicenceCheckoutOptions): Promise<BasketLine> {
  const { product, entitlement, seats: quantity, assignee } = options;
  return product === undefined
    ? { entitlementId: (await entitlementNamed(db, entitlement ?? '')).id, quantity, assignee }
    : { productId: (await productNamed(db, product)).id, quantity, assignee };
}
