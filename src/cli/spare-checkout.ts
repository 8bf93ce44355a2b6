import type { BasketLine } from '../allocations/checkout-request.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { checkOutNamed } from './checkout-named.ts';
import type { CheckoutOptions } from './checkout-options.ts';
import type { Wanted } from './checkout-wanted.ts';
import type { CommandContext } from './command.ts';
import { deviceModelNamed, locationNamed, partNamed, unitNamed } from './named.ts';

export interface SpareCheckoutOptions extends CheckoutOptions {
  readonly location?: string;
  readonly acceptConditions?: boolean;
}

/** Hands out units, pieces of parts, and what serves in place of failed devices. */
export async function checkOutSpares(
  context: CommandContext,
  wanted: readonly Wanted[],
  options: SpareCheckoutOptions,
): Promise<number> {
  if (wanted.length === 0) {
    throw new AppError('usage', 'bad-options', 'Name what to hand out: --part, --unit or --device');
  }
  return checkOutNamed(context, options, async (db) => {
    const locationId = options.location === undefined ? undefined : (await locationNamed(db, options.location)).id;
    const lines: BasketLine[] = [];
    for (const one of wanted) lines.push(await lineOf(db, one, { ...options, locationId }));
    return lines;
  });
}

async function lineOf(
  db: Queryable,
  { by, name, quantity = 1 }: Wanted,
  { locationId, acceptConditions }: SpareCheckoutOptions & { readonly locationId: string | undefined },
): Promise<BasketLine> {
  switch (by) {
    case 'unit':
      return { unitId: (await unitNamed(db, name)).id };
    case 'part':
      return { partId: (await partNamed(db, name)).id, quantity, locationId };
    case 'device':
      return { deviceModelId: (await deviceModelNamed(db, name)).id, quantity, acceptConditions };
  }
}
