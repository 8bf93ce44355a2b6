import { LICENCE_METRICS } from './entitlement.ts';

/** What a line of a position counts by: seats of one metric, or installations that were found. */
export const POSITION_BASES = [...LICENCE_METRICS, 'installations'] as const;
type PositionBasis = (typeof POSITION_BASES)[number];

export interface PositionCounts {
  readonly owned: number;
  readonly inUse: number;
  readonly reserved: number;
}

/** How one product stands by one count. */
export interface PositionLine extends PositionCounts {
  readonly basis: PositionBasis;
  /** Used and not owned. */
  readonly over: number;
  /** Owned, and neither used nor promised. */
  readonly under: number;
}

/** How a product stands at an instant. */
export interface LicencePosition {
  readonly product: {
    readonly id: string;
    readonly vendor: string;
    readonly name: string;
    readonly productVersion: string | null;
  };
  readonly title: string;
  readonly at: string;
  readonly lines: readonly PositionLine[];
  /** Entitlements that were changed after the instant: what was owned then may have been another number. */
  readonly changedSince: number;
}

/** Each count stands for itself: what one metric has too much covers nothing of another one. */
export function positionLine(basis: PositionBasis, { owned, inUse, reserved }: PositionCounts): PositionLine {
  return {
    ...{ basis, owned, inUse, reserved },
    over: Math.max(0, inUse - owned),
    under: Math.max(0, owned - inUse - reserved),
  };
}
