import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { stocktakeById } from '../inventory/stocktake/stocktake.queries.ts';
import { closeCount, openStocktake } from '../inventory/stocktake/stocktake.service.ts';
import { newStocktakeSchema, type Stocktake } from '../inventory/stocktake/stocktake.ts';
import { viewOfStocktake } from '../inventory/stocktake/stocktake.views.ts';
import { recordCountFile } from '../inventory/stocktake/stocktake-count.service.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { locationNamed } from './named.ts';
import { principalNamed } from './principals.ts';
import { stocktakeLines } from './stocktake-list.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface OpenOptions {
  readonly name: string;
  readonly notBlind?: boolean;
  readonly tolerancePieces?: number;
  readonly tolerancePercent?: number;
  readonly by?: string;
}

export interface CountOptions {
  readonly by: string;
  readonly location?: string;
}

export interface CloseOptions {
  readonly by: string;
  readonly leaveUnconfirmed?: boolean;
}

/** Opens a stocktake. */
export async function openHere(context: CommandContext, code: string, options: OpenOptions): Promise<number> {
  const { name, notBlind = false, tolerancePieces, tolerancePercent, by } = options;
  const isStated = tolerancePieces !== undefined || tolerancePercent !== undefined;
  const opened = await withRuntime(context, { writes: true }, async ({ db }) => {
    const { id: locationId } = await locationNamed(db, code);
    const openedBy = by === undefined ? null : (await principalNamed(db, by)).id;
    const wanted = newStocktakeSchema.safeParse({
      ...{ locationId, name, isBlind: !notBlind },
      tolerance: isStated ? { pieces: tolerancePieces ?? null, percent: tolerancePercent ?? null } : undefined,
    });
    if (!wanted.success) throw new AppError('usage', 'bad-options', `--name ${wanted.error.issues[0]?.message}`);
    const id = await db.transaction((tx) => openStocktake(tx, commandCaller(), wanted.data, openedBy));
    return stocktakeById(db, id);
  });
  return told(context, opened);
}

/** Takes down what one person counted. */
export async function countHere(
  context: CommandContext,
  stocktakeId: string,
  file: string,
  { by, location }: CountOptions,
): Promise<number> {
  const csv = file === '-' ? await text(process.stdin) : await contentOf(file);
  const things = await withRuntime(context, { writes: true }, async ({ db }) => {
    const { id: countedBy } = await principalNamed(db, by);
    return db.transaction((tx) => recordCountFile(tx, { stocktakeId, countedBy, file: { csv, location } }));
  });
  const unknown = things.filter(({ kind }) => kind === 'unknown').length;
  context.output.answer({ things }, () => [`Taken down: ${things.length} lines, of which ${unknown} nothing bears`]);
  return EXIT.ok;
}

/** Closes the count of this round. */
export async function closeHere(context: CommandContext, id: string, options: CloseOptions): Promise<number> {
  const closed = await withRuntime(context, { writes: true }, async ({ db }) => {
    const { id: closedBy } = await principalNamed(db, options.by);
    const { version: expectedVersion } = await stocktakeById(db, id);
    const how = { leaveUnconfirmed: options.leaveUnconfirmed ?? false, closedBy };
    await db.transaction((tx) => closeCount(tx, commandCaller(), { id, expectedVersion }, how));
    return stocktakeById(db, id);
  });
  return told(context, closed);
}

function told(context: CommandContext, stocktake: Stocktake): number {
  context.output.answer(viewOfStocktake(stocktake), () => stocktakeLines(stocktake));
  return EXIT.ok;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new AppError('usage', 'unreadable-file', `The file cannot be read: ${messageOf(thrown)}`);
  }
}
