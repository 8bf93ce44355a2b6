import { viewOfAllocation } from '../allocations/allocation.views.ts';
import { takeBack } from '../allocations/return.service.ts';
import { type ReturnEntry, returnRequest } from '../allocations/return.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationLines } from './checkout-lines.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { locationNamed } from './named.ts';
import { outByCode } from './spare-out.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ReturnOptions {
  readonly part?: string;
  readonly quantity?: number;
  readonly condition: ReturnEntry['condition'];
  readonly location?: string;
  readonly note?: string;
}

/** Takes back a unit, some pieces of a check-out, or all of it that is out. */
export async function returnSpares(context: CommandContext, code: string, options: ReturnOptions): Promise<number> {
  const { part, quantity, condition, location, note } = options;
  const allocation = await withRuntime(context, { writes: true }, async ({ db }) => {
    const named = await outByCode(db, code, part);
    const locationId = location === undefined ? undefined : (await locationNamed(db, location)).id;
    const lines = shareOut(named.lines, quantity, code).map((entry) => ({ ...entry, condition, locationId, note }));
    const parsed = returnRequest.safeParse({ lines });
    if (!parsed.success) throw new AppError('usage', 'bad-options', parsed.error.issues[0]?.message ?? 'wrong options');
    const target = { id: named.allocation.id, form: 'checkout' } as const;
    return db.transaction((tx) => takeBack(tx, commandCaller(), target, parsed.data));
  });
  context.output.answer(viewOfAllocation(allocation), () => allocationLines(allocation));
  return EXIT.ok;
}

/** Spreads a quantity over the lines in their order. @throws AppError `conflict` `more-than-is-out`. */
function shareOut(
  lines: readonly { readonly id: string; readonly quantity: number }[],
  quantity: number | undefined,
  code: string,
) {
  if (quantity === undefined) return lines.map(({ id }) => ({ lineId: id }));
  const out = lines.reduce((sum, line) => sum + line.quantity, 0);
  if (quantity > out) {
    throw new AppError(
      'conflict',
      'more-than-is-out',
      `${quantity} cannot come back to ${code}: ${out} ${out === 1 ? 'is' : 'are'} out`,
    );
  }
  let left = quantity;
  return lines.flatMap((line) => {
    const taken = Math.min(left, line.quantity);
    left -= taken;
    return taken > 0 ? [{ lineId: line.id, quantity: taken }] : [];
  });
}
