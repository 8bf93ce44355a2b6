import { licencePositions } from '../licences/licence-position.queries.ts';
import { type CommandContext, EXIT } from './command.ts';
import { productNamed } from './named.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface LicencePositionOptions {
  readonly product?: string;
  readonly at?: string;
  readonly over?: boolean;
  readonly limit: number;
}

/** Shows what is owned, in use, reserved, over and under. @returns the exit status: 0 also where something is over. */
export async function showLicencePositions(context: CommandContext, options: LicencePositionOptions): Promise<number> {
  const { product, at, over = false, limit } = options;
  const positions = await withRuntime(context, { writes: false }, async ({ db }) => {
    const productId = product === undefined ? undefined : (await productNamed(db, product)).id;
    return licencePositions(db, { productId, at, limit });
  });
  const shown = over ? positions.filter(({ lines }) => lines.some((line) => line.over > 0)) : positions;
  context.output.answer({ items: shown }, () =>
    table(
      ['product', 'by', 'owned', 'in use', 'reserved', 'over', 'under'],
      shown.flatMap(({ title, lines }) =>
        lines.map((line) => [
          title,
          line.basis,
          ...[line.owned, line.inUse, line.reserved, line.over, line.under].map(String),
        ]),
      ),
      over ? 'nothing is over' : 'nothing is owned, in use or installed',
    ),
  );
  if (positions.length === limit) context.output.note(`There may be more: give a --limit above ${limit}`);
  return EXIT.ok;
}
