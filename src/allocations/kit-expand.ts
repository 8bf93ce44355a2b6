import type { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { BasketLine, WishLine } from './checkout-request.ts';
import { kitById } from './kit.queries.ts';
import type { KitLine, kitWish } from './kit.ts';
import { inServingOrder } from './kit-count.ts';

/** A line of a basket that stands for whole kits. */
type KitWish = z.output<typeof kitWish>;

/** Lines without kits; `origins` has, for each, its place among the lines as they were stated. */
export interface PlainLines {
  readonly lines: WishLine[];
  readonly origins: readonly number[];
}

/**
 * Spells out the kits among the lines of a basket. The basket judges all lines together, so that a kit that is asked for
 * twice counts nothing twice.
 * @throws AppError `unprocessable` `unsuitable-kit`; `too-many-lines` when the basket comes to more than 500.
 */
export async function spellOutKits(db: Queryable, stated: readonly BasketLine[]): Promise<PlainLines> {
  const lines: WishLine[] = [];
  const origins: number[] = [];
  for (const [position, line] of stated.entries()) {
    const plain = 'kitId' in line ? await expandKit(db, line, `#/lines/${position}/kitId`) : [line];
    lines.push(...plain);
    origins.push(...plain.map(() => position));
  }
  if (lines.length > PLAIN_LINES_MAX) {
    throw new AppError(
      'unprocessable',
      'too-many-lines',
      `The basket comes to ${lines.length} lines with its kits spelt out; at most ${PLAIN_LINES_MAX} go at once`,
      { fields: [{ field: '#/lines', message: `must come to at most ${PLAIN_LINES_MAX} lines` }] },
    );
  }
  return { lines, origins };
}

/** Lines of one basket once its kits are spelt out. */
const PLAIN_LINES_MAX = 500;

/**
 * The lines that so many kits stand for, what only one thing can serve first. Devices stay apart kit by kit, because all
 * devices of one line are replaced by the same part.
 * @param field where the caller named the kit, for the message: `#/lines/0/kitId`.
 * @throws AppError `unprocessable` `unsuitable-kit` when there is none or it is retired.
 */
async function expandKit(db: Queryable, wish: KitWish, field: string): Promise<WishLine[]> {
  const kit = await kitInUse(db, wish.kitId, field);
  return inServingOrder(kit).flatMap((line) => contentsOf(line, wish));
}

function contentsOf({ kind, id, quantity }: KitLine, wish: KitWish): WishLine[] {
  switch (kind) {
    case 'part':
      return [{ partId: id, quantity: quantity * wish.quantity }];
    case 'product': {
      const assignee = wish.assignee === undefined ? {} : { assignee: wish.assignee };
      return [{ productId: id, quantity: quantity * wish.quantity, ...assignee }];
    }
    case 'device-model':
      return Array.from({ length: wish.quantity }, () => ({ deviceModelId: id, quantity }));
  }
}

async function kitInUse(db: Queryable, id: string, field: string): Promise<readonly KitLine[]> {
  const kit = await kitById(db, id).catch((thrown) => {
    if (thrown instanceof AppError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  });
  if (kit && !kit.retired) return kit.lines;
  const reason = kit ? `kit ${kit.name} is retired` : `there is no kit ${id}`;
  throw new AppError('unprocessable', 'unsuitable-kit', `Nothing was taken: ${reason}`, {
    fields: [{ field, message: `must be the id of a kit in use: ${reason}` }],
  });
}
