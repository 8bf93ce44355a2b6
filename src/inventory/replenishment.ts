import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { day } from './unit.ts';

/** `requested -> ordered -> received`, or `cancelled` on the way. */
export const REPLENISHMENT_STATES = ['requested', 'ordered', 'received', 'cancelled'] as const;
export type ReplenishmentState = (typeof REPLENISHMENT_STATES)[number];

/** Why it was asked for. */
export const REPLENISHMENT_ORIGINS = ['reorder-point', 'deploy', 'manual'] as const;
export type ReplenishmentOrigin = (typeof REPLENISHMENT_ORIGINS)[number];

/** The largest quantity of one replenishment. */
const QUANTITY_MAX = 1_000_000;

/** Pieces of a part that somebody wants bought. */
export interface Replenishment {
  readonly id: string;
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string };
  readonly quantity: number;
  readonly receivedQuantity: number;
  readonly state: ReplenishmentState;
  readonly origin: ReplenishmentOrigin;
  readonly supplier: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  /** An ISO date. */
  readonly expectedOn: string | null;
  /** It is ordered, and should have come before today. */
  readonly isOverdue: boolean;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** A part of which too little is left. */
export interface Suggestion {
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string };
  readonly reorderPoint: number;
  /** What can be used of it now, held or not. */
  readonly usable: number;
  /** What is requested or ordered, and has not come. */
  readonly underway: number;
  /** The least multiple of the part's reorder quantity that lifts it above the reorder point. */
  readonly suggestedQuantity: number;
  readonly leadTimeDays: number | null;
}

/**
 * How much to order: the least multiple of the reorder quantity that lifts usable and underway pieces together above the
 * reorder point. 0 while they are above it.
 */
export function suggestedQuantity(
  have: number,
  { reorderPoint, reorderQuantity }: { readonly reorderPoint: number; readonly reorderQuantity: number },
): number {
  const short = reorderPoint + 1 - have;
  return short <= 0 ? 0 : Math.ceil(short / reorderQuantity) * reorderQuantity;
}

export const newReplenishmentSchema = z.strictObject({
  partId: z.uuid().toLowerCase().describe('The part, in use'),
  quantity: z.int().min(1).max(QUANTITY_MAX).describe('So many pieces'),
  reason: lineText(500).optional().describe('Why'),
});
export type NewReplenishment = z.infer<typeof newReplenishmentSchema>;

export const orderSchema = z.strictObject({
  supplier: lineText(120).describe('Who delivers'),
  reference: lineText(120).describe('The number of the order'),
  expectedOn: day().describe('When it should come'),
});
export type Order = z.infer<typeof orderSchema>;
