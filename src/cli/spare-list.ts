import { partAvailability } from '../allocations/availability.queries.ts';
import { holdersOfUnits } from '../allocations/spare-list.queries.ts';
import type { Queryable } from '../database/database.ts';
import { containing } from '../database/declared-list.ts';
import { listParts } from '../inventory/part.queries.ts';
import { listStock } from '../inventory/stock.queries.ts';
import { listUnits } from '../inventory/unit.queries.ts';
import { type CommandContext, EXIT } from './command.ts';
import { partNamed } from './named.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface SpareListOptions {
  readonly part?: string;
  readonly search?: string;
  readonly limit: number;
}

/** Lists the parts with how many pieces there are, or the pieces of one part. */
export async function listSpares(context: CommandContext, options: SpareListOptions): Promise<number> {
  const { part, limit } = options;
  if (part !== undefined) return listPieces(context, part, limit);
  const { items, hasMore } = await withRuntime(context, { writes: false }, ({ db }) => partsOf(db, options));
  context.output.answer({ items, hasMore }, () =>
    table(
      ['part', 'manufacturer', 'name', 'free', 'with reserve', 'usable', 'held', 'out'],
      items.map((item) => [
        item.part.partNumber,
        item.part.manufacturer,
        item.part.name,
        ...[item.freeWithoutReserve, item.freeWithReserve, item.usable, item.held, item.issued].map(String),
      ]),
      'no parts',
    ),
  );
  if (hasMore) context.output.note(`There are more than ${limit}: narrow them with --search, or raise --limit.`);
  return EXIT.ok;
}

async function partsOf(db: Queryable, { search, limit }: SpareListOptions) {
  const q = search === undefined ? undefined : containing(search);
  const rows = await listParts(db, { filters: { active: true, q }, sort: 'number', limit: limit + 1 });
  const page = rows.slice(0, limit).map((row) => row.part.id);
  return { items: await partAvailability(db, page), hasMore: rows.length > limit };
}

async function listPieces(context: CommandContext, name: string, limit: number): Promise<number> {
  const { part, units, stock, hasMore } = await withRuntime(context, { writes: false }, async ({ db }) => {
    const part = await partNamed(db, name);
    return { part, ...(await piecesOf(db, part.id, limit)) };
  });
  context.output.answer({ part, units, stock, hasMore }, () =>
    part.tracking === 'serial'
      ? table(
          ['serial', 'asset tag', 'state', 'place', 'holder', 'by', 'until'],
          units.map(({ serial, assetTag, state, isUsable, place, holder }) => [
            serial,
            assetTag ?? '',
            state.replace('_', ' ') + (state === 'in_stock' && !isUsable ? ', not usable' : ''),
            place ?? '',
            holder?.holder ?? '',
            holder?.code ?? '',
            holder?.until ?? '',
          ]),
          `no unit of ${part.partNumber}`,
        )
      : table(
          ['place', 'lot', 'expires', 'condition', 'quantity'],
          stock.map((row) => [row.place, row.lot, row.expiresOn ?? '', row.condition, String(row.quantity)]),
          `no stock of ${part.partNumber}`,
        ),
  );
  if (hasMore) context.output.note(`There are more than ${limit}: raise --limit.`);
  return EXIT.ok;
}

async function piecesOf(db: Queryable, partId: string, limit: number) {
  const unitRows = await listUnits(db, { filters: { partId }, sort: 'serial', limit: limit + 1 });
  const stockRows = await listStock(db, { filters: { partId }, sort: 'id', limit: limit + 1 });
  const page = unitRows.slice(0, limit).map((row) => row.unit);
  const holders = await holdersOfUnits(
    db,
    page.map((unit) => unit.id),
  );
  return {
    units: page.map(({ id, serial, assetTag, state, isUsable, location, deployedService }) => ({
      id,
      serial,
      assetTag,
      state,
      isUsable,
      place: location?.path ?? deployedService?.name ?? null,
      holder: holders.get(id) ?? null,
    })),
    stock: stockRows.slice(0, limit).map(({ stock: { id, location, lot, expiresOn, condition, quantity } }) => ({
      id,
      place: location.path,
      lot,
      expiresOn,
      condition,
      quantity,
    })),
    hasMore: Math.max(unitRows.length, stockRows.length) > limit,
  };
}
