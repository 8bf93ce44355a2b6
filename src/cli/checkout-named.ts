import type { z } from 'zod';
import { allocate } from '../allocations/allocate.service.ts';
import { viewOfOutcome } from '../allocations/allocate.views.ts';
import { allocationById } from '../allocations/allocation.queries.ts';
import { type BasketLine, checkoutRequest } from '../allocations/checkout-request.ts';
import { issuePlaces } from '../allocations/spare-list.queries.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationLines } from './checkout-lines.ts';
import type { CheckoutOptions } from './checkout-options.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { holderNamed, serviceNamed } from './named.ts';
import { withRuntime } from './with-runtime.ts';

/**
 * Hands out what `lines` names, all of it or nothing, and answers what was taken.
 * @throws AppError `usage` for names that mean nothing or several things, and for a wish that contradicts itself; what
 *   `allocate` throws when something is short.
 */
export async function checkOutNamed(
  context: CommandContext,
  options: CheckoutOptions,
  lines: (db: Queryable) => Promise<BasketLine[]>,
): Promise<number> {
  const taken = await withRuntime(context, { writes: true }, async ({ db }) => {
    const wish = await wishOf(db, options, lines);
    const outcome = await db.transaction((tx) => allocate(tx, commandCaller(), { form: 'checkout', ...wish }));
    // Read again, because the register knows nobody who made it.
    const allocation = await allocationById(db, outcome.allocation.id);
    const lineIds = allocation.lines.map((line) => line.id);
    return { outcome: { ...outcome, allocation }, places: await issuePlaces(db, lineIds) };
  });
  const { outcome, places } = taken;
  const issuedFrom = [...places].map(([lineId, location]) => ({ lineId, location }));
  context.output.answer({ ...viewOfOutcome(outcome), issuedFrom }, () => [
    ...allocationLines(outcome.allocation, places),
    ...outcome.displaced.map(
      ({ quantity, what, code, holder }) => `Taken from ${holder} (${code}): ${quantity} x ${what}`,
    ),
  ]);
  for (const { message } of outcome.warnings) context.output.note(`Warning: ${message}`);
  return EXIT.ok;
}

async function wishOf(
  db: Queryable,
  options: CheckoutOptions,
  lines: (db: Queryable) => Promise<BasketLine[]>,
): Promise<z.infer<typeof checkoutRequest>> {
  const { purpose, severity, note, due, service, reserveReason, case: emergency } = options;
  const { id, kind } = await holderNamed(db, options.holder);
  const parsed = checkoutRequest.safeParse({
    purpose,
    severity,
    note,
    holder: { id, kind },
    dueAt: due === undefined ? undefined : dueAtOf(due),
    serviceId: service === undefined ? undefined : (await serviceNamed(db, service)).id,
    reserve:
      reserveReason === undefined && emergency === undefined ? undefined : { reason: reserveReason, case: emergency },
    lines: await lines(db),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('usage', 'bad-options', `${issue?.path.join('.') || 'The options'}: ${issue?.message}`);
}

/** A day means its end, so that what is due on a day is not overdue on it. */
function dueAtOf(text: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text;
}
