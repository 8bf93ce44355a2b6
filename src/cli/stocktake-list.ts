import type { Queryable } from '../database/database.ts';
import { isShown, listDifferences } from '../inventory/stocktake/difference.queries.ts';
import type { Difference } from '../inventory/stocktake/difference.ts';
import {
  listStocktakes,
  type SheetLine,
  stocktakeById,
  thingsToRecount,
} from '../inventory/stocktake/stocktake.queries.ts';
import type { Stocktake, StocktakeState } from '../inventory/stocktake/stocktake.ts';
import { viewOfStocktake } from '../inventory/stocktake/stocktake.views.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs, table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface StocktakeListOptions {
  readonly state?: StocktakeState;
  readonly limit: number;
}

/** Differences that are shown; the API pages through all of them. */
const SHOWN_MAX = 200;

/** Lists stocktakes, newest first. */
export async function listStocktakesHere(
  context: CommandContext,
  { state, limit }: StocktakeListOptions,
): Promise<number> {
  const found = await withRuntime(context, { writes: false }, ({ db }) =>
    listStocktakes(db, { filters: { state }, sort: 'id', descending: true, limit }),
  );
  context.output.answer(
    found.map(({ stocktake }) => viewOfStocktake(stocktake)),
    (all) =>
      table(
        ['id', 'name', 'location', 'state', 'round', 'opened'],
        all.map((one) => [one.id, one.name, one.location.code, one.state, String(one.round), String(one.openedAt)]),
        'no stocktake',
      ),
  );
  return EXIT.ok;
}

/** Shows a stocktake: its differences, or while it is counted what a second person must count. */
export async function showStocktake(context: CommandContext, id: string): Promise<number> {
  const shown = await withRuntime(context, { writes: false }, ({ db }) => readStocktake(db, id));
  context.output.answer({ ...shown, stocktake: viewOfStocktake(shown.stocktake) }, () => [
    ...stocktakeLines(shown.stocktake),
    ...(shown.recounts.length > 0 ? recountLines(shown.recounts) : []),
    ...(isShown(shown.stocktake) ? differenceLines(shown.differences) : []),
  ]);
  return EXIT.ok;
}

async function readStocktake(db: Queryable, id: string) {
  const stocktake = await stocktakeById(db, id);
  const isRecounting = stocktake.state === 'recounting';
  return {
    stocktake,
    recounts: isRecounting ? await thingsToRecount(db, id, { limit: SHOWN_MAX }) : [],
    differences: isShown(stocktake) ? await listDifferences(db, id, { limit: SHOWN_MAX }) : [],
  };
}

/** What a stocktake is, and how far. */
export function stocktakeLines({ id, name, location, state, round, isBlind, tolerance, version }: Stocktake): string[] {
  const { pieces, percent } = tolerance;
  const bounds = [pieces === null ? [] : `${pieces} pieces`, percent === null ? [] : `${percent} %`].flat();
  return pairs([
    ['Stocktake', id],
    ['Name', name],
    ['Location', location.code],
    ['State', `${state}, round ${round}, version ${version}`],
    ['Blind', isBlind ? 'yes' : 'no'],
    ['Tolerance', bounds.length > 0 ? bounds.join(' or ') : 'none: no second count'],
  ]);
}

const recountLines = (lines: readonly SheetLine[]) => [
  'To be counted by a second person:',
  ...table(
    ['scan', 'part', 'location', 'lot'],
    lines.map((line) => [
      line.assetTag ?? line.serial ?? line.id,
      line.partNumber,
      line.locationCode ?? '',
      line.lot ?? '',
    ]),
    'nothing',
  ),
];

const differenceLines = (differences: readonly Difference[]) =>
  table(
    ['difference', 'thing', 'part', 'register', 'seen', 'expected', 'counted', 'proposal', 'decided'],
    differences.map((one) => [
      one.kind,
      one.unit?.serial ?? one.stockId ?? one.code ?? '',
      one.part?.partNumber ?? '',
      one.location?.code ?? one.registerState ?? '',
      one.seenAt?.code ?? '',
      String(one.expected ?? ''),
      String(one.counted ?? ''),
      one.proposal,
      one.action === null ? '' : `${one.action}, ${one.reason}`,
    ]),
    'no difference',
  );
