import type { Temporal } from 'temporal-polyfill';

/** Quarantined pieces lie apart from usable ones, in a row of their own. */
export const STOCK_CONDITIONS = ['usable', 'quarantined'] as const;
export type StockCondition = (typeof STOCK_CONDITIONS)[number];

/** The pieces of one bulk part that lie at one location, of one lot, expiry and condition. */
export interface Stock {
  readonly id: string;
  readonly part: {
    readonly id: string;
    readonly partNumber: string;
    readonly name: string;
    readonly unitOfMeasure: string;
  };
  readonly location: { readonly id: string; readonly code: string; readonly path: string };
  /** Empty when the pieces are of no lot. */
  readonly lot: string;
  /** The last day of its shelf life, an ISO date. */
  readonly expiresOn: string | null;
  readonly condition: StockCondition;
  /** What physically lies there; issued pieces are not on hand. */
  readonly quantity: number;
  readonly isExpired: boolean;
  readonly createdAt: Temporal.Instant;
}
