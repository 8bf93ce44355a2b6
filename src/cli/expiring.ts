import { type ExpiringKind, expiringTimeline } from '../readiness/expiring.queries.ts';
import { type CommandContext, EXIT } from './command.ts';
import { partNamed, productNamed } from './named.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ExpiringOptions {
  readonly withinDays: number;
  readonly what?: ExpiringKind;
  readonly part?: string;
  readonly product?: string;
  readonly limit: number;
}

/** Lists what ends soon, or is over. */
export async function listExpiring(context: CommandContext, options: ExpiringOptions): Promise<number> {
  const { withinDays, what, part, product, limit } = options;
  const { items, hasMore } = await withRuntime(context, { writes: false }, async ({ db }) => {
    const partId = part === undefined ? undefined : (await partNamed(db, part)).id;
    const productId = product === undefined ? undefined : (await productNamed(db, product)).id;
    const wish = { from: '1970-01-01', withinDays, what, partId, productId };
    const rows = await expiringTimeline(db, wish, { limit: limit + 1 });
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  });
  context.output.answer({ items, hasMore }, () =>
    table(
      ['on', 'days', 'what', 'of', 'subject', 'quantity', 'location'],
      items.map((item) => [
        item.on,
        String(item.daysLeft),
        item.what,
        item.of,
        item.subject.name,
        String(item.quantity),
        item.locationCode ?? '',
      ]),
      `nothing ends within ${withinDays} days`,
    ),
  );
  if (hasMore) context.output.note(`There is more: give a --limit above ${limit}`);
  return EXIT.ok;
}
