import type { LyingState, UnitState } from './unit-state.ts';

/** What a line of the ledger can do. */
export const MOVEMENT_KINDS = [
  'receive',
  'issue',
  'return',
  'transfer',
  'adjust',
  'deploy',
  'repair_out',
  'repair_in',
  'quarantine',
  'release',
  'scrap',
  'count',
] as const;

export type MovementKind = (typeof MOVEMENT_KINDS)[number];

interface MovementCommon {
  readonly kind: MovementKind;
  readonly partId: string;
  /** The line of an allocation that it carries out; of a split line the first one (`root_line_id`). */
  readonly lineId?: string | undefined;
  /** Needed by `adjust`, `scrap` and `quarantine`. */
  readonly reason?: string | undefined;
  readonly reference?: string | undefined;
}

/** A unit comes to lie somewhere. */
interface UnitLies extends MovementCommon {
  readonly unitId: string;
  readonly toState: LyingState;
  readonly toLocationId: string;
}

/** A unit goes where no location of ours is. */
interface UnitLeaves extends MovementCommon {
  readonly unitId: string;
  readonly toState: Exclude<UnitState, LyingState>;
  /** Of a `deploy`: where it works now. */
  readonly serviceId?: string | undefined;
}

/** Pieces of a bulk part come to a stock row, leave one, or go from one to another. */
interface StockMoves extends MovementCommon {
  readonly quantity: number;
  readonly fromStockId?: string | undefined;
  readonly toStockId?: string | undefined;
}

/** One line of the ledger to be written. Where the thing comes from is filled in by the database. */
export type MovementLine = UnitLies | UnitLeaves | StockMoves;

/** Who does it, and what belongs together. */
export interface MovementAct {
  /** The principal; null for the service itself. */
  readonly actorId: string | null;
  /** One act of one person: its lines share it. */
  readonly batchId: string;
  /** When it happened, where that is not now. */
  readonly occurredAt?: Date | undefined;
}
