import type { Queryable } from '../database/database.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import { type SuggestionPage, suggestReplenishments } from './replenishment.queries.ts';

/** Suggestions that are read in one go. */
const PAGE = 300;

/** What the stock has to say before it is used up. */
export const replenishmentSignals = (): Signal[] => [
  {
    name: 'inventory.reorder-margin',
    title: 'Pieces of a part that can be used or are underway beyond its reorder point; of parts at or below it',
    unit: 'pieces',
    everySeconds: 600,
    read: ({ db }) => readShortParts(db),
  },
];

async function readShortParts(db: Queryable): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  let after: string | undefined;
  do {
    const page: SuggestionPage = await suggestReplenishments(db, { limit: PAGE, after });
    for (const { part, usable, underway, reorderPoint } of page.suggestions) {
      const subject = { kind: 'part', id: part.id, name: part.partNumber };
      readings.push({ subject, serviceId: null, value: usable + underway - reorderPoint });
    }
    after = page.lookedAtUpTo ?? undefined;
  } while (after !== undefined);
  return readings;
}
