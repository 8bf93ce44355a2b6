import { containing } from '../database/declared-list.ts';
import { AppError } from '../kernel/errors.ts';
import { listEntitlements, seatUsageOf } from '../licences/entitlement.queries.ts';
import { listedEntitlement } from '../licences/entitlement.views.ts';
import { expiryTimeline } from '../licences/expiry.queries.ts';
import { type CommandContext, EXIT } from './command.ts';
import { productNamed } from './named.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface LicenceListOptions {
  readonly product?: string;
  readonly search?: string;
  readonly endingInDays?: number;
  readonly limit: number;
}

/** Lists entitlements with how their seats stand, or what ends soon. */
export async function listLicences(context: CommandContext, options: LicenceListOptions): Promise<number> {
  const { product, search, endingInDays } = options;
  if ([product, search, endingInDays].filter((option) => option !== undefined).length > 1) {
    throw new AppError('usage', 'bad-options', 'Give one of --product, --search and --ending-in-days');
  }
  if (endingInDays !== undefined) return listEnding(context, endingInDays, options.limit);
  const { limit } = options;
  const { items, hasMore } = await withRuntime(context, { writes: false }, async ({ db }) => {
    const filters = {
      inUse: true,
      productId: product === undefined ? undefined : (await productNamed(db, product)).id,
      q: search === undefined ? undefined : containing(search),
    };
    const rows = await listEntitlements(db, { filters, sort: 'name', limit: limit + 1 });
    const page = rows.slice(0, limit).map((row) => row.entitlement);
    const usages = await seatUsageOf(
      db,
      page.map((entitlement) => entitlement.id),
    );
    return {
      items: page.map((entitlement) => listedEntitlement(entitlement, usages.get(entitlement.id))),
      hasMore: rows.length > limit,
    };
  });
  context.output.answer({ items, hasMore }, () =>
    table(
      ['entitlement', 'product', 'metric', 'seats', 'free', 'in use', 'reserve', 'ends'],
      items.map(({ name, product, metric, quantity, usage, emergencyReserve, endsOn }) => [
        name,
        [product.vendor, product.name, product.productVersion].filter((part) => part !== null).join(' '),
        metric,
        usage?.isInForce ? String(quantity) : `${quantity}, not in force`,
        String(usage?.freeWithoutReserve ?? 0),
        String(usage?.usedPeak ?? 0),
        String(emergencyReserve),
        endsOn ?? 'never',
      ]),
      'no entitlements',
    ),
  );
  for (const { name, warnings } of items) {
    for (const { message } of warnings) context.output.note(`Warning: ${name}: ${message}`);
  }
  if (hasMore) noteMore(context, limit);
  return EXIT.ok;
}

async function listEnding(context: CommandContext, days: number, limit: number): Promise<number> {
  const rows = await withRuntime(context, { writes: false }, ({ db, clock }) => {
    const today = clock.now().toZonedDateTimeISO('UTC').toPlainDate();
    const span = { from: today.toString(), until: today.add({ days }).toString() };
    return expiryTimeline(db, span, { limit: limit + 1 });
  });
  const items = rows.slice(0, limit);
  context.output.answer({ items, hasMore: rows.length > limit }, () =>
    table(
      ['last day', 'days left', 'what ends', 'entitlement', 'product', 'seats'],
      items.map((row) => [
        row.on,
        String(row.daysLeft),
        row.what,
        row.entitlementName,
        row.product,
        String(row.quantity),
      ]),
      `nothing ends within ${days} days`,
    ),
  );
  if (rows.length > limit) noteMore(context, limit);
  return EXIT.ok;
}

function noteMore(context: CommandContext, limit: number): void {
  context.output.note(`There are more than ${limit}: narrow them, or raise --limit.`);
}
