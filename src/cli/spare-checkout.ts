import type { BasketLine } from '../allocations/checkout-request.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { wholeNumber } from './arguments.ts';
import { type CheckoutOptions, checkOutNamed } from './checkout-options.ts';
import type { CommandContext } from './command.ts';
import { deviceModelNamed, locationNamed, partNamed, unitNamed } from './named.ts';

/** One thing that the command line names, in its order; a quantity belongs to the part or device before it. */
export interface Wanted {
  readonly by: 'unit' | 'part' | 'device';
  readonly name: string;
  quantity?: number;
}

/** Readers of `--unit`, `--part`, `--device` and `--quantity` that fill one list, because their order means something. */
export function wantedReaders() {
  const wanted: Wanted[] = [];
  const reader = (by: Wanted['by']) => (name: string) => {
    wanted.push({ by, name });
    return wanted;
  };
  const quantity = (text: string): number => {
    const last = wanted.at(-1);
    if (last === undefined || last.by === 'unit' || last.quantity !== undefined) {
      throw new AppError('usage', 'bad-options', '--quantity follows the --part or --device that it belongs to');
    }
    last.quantity = wholeNumber(1, 1_000_000)(text);
    return last.quantity;
  };
  return { wanted, unit: reader('unit'), part: reader('part'), device: reader('device'), quantity };
}

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
