/**
 * What became of one thing that a run needed: `held` while the run goes on; `short` when there was not enough of it; `not held`
 * when it was there, but not everything was, so that nothing was held; `released` at the end of the run; `preempted` when
 * somebody took it for an emergency; `expired` when its hold ended before the run did.
 */
export const HOLDING_STATES = ['held', 'short', 'not held', 'released', 'preempted', 'expired'] as const;
type HoldingState = (typeof HOLDING_STATES)[number];

export const HOLDING_KINDS = ['unit', 'stock', 'seat'] as const;
export type HoldingKind = (typeof HOLDING_KINDS)[number];

/** How a run knows that a spare is really there. Seats cannot be seen. */
export const SIGHTINGS = ['sighted', 'on record only'] as const;
export type Sighting = (typeof SIGHTINGS)[number];

/** One thing that a run held, or needed in vain. */
export interface Holding {
  readonly kind: HoldingKind;
  /** What the definition, or the register, asks for: `2 of PSU-750W`. */
  readonly wanted: string;
  readonly quantity: number;
  readonly state: HoldingState;
  /** What was held: part and serial, part and lot, or product and entitlement. Null when nothing was. */
  readonly thing: string | null;
  /** Code of the location at which it lies; null for seats. */
  readonly place: string | null;
  readonly isFromReserve: boolean;
  readonly allocationId: string | null;
  readonly lineId: string | null;
  readonly unitId: string | null;
  /** When somebody last had it in the hand, before this run. */
  readonly seenAt: Date | null;
  /** When a person scanned it during the run, and who. */
  readonly sightedAt: Date | null;
  readonly sightedBy: string | null;
  /** Why it was short, who took it. */
  readonly note: string | null;
}

/** What can be said of a holding's being there; null for seats, and for what was not held. */
export function sightingOf({ kind, sightedAt, lineId }: Holding): Sighting | null {
  if (kind === 'seat' || lineId === null) return null;
  return sightedAt === null ? 'on record only' : 'sighted';
}

const DAY_MS = 86_400_000;

/** Whole days since somebody last saw the thing, at an instant; null when nobody ever has. */
export function daysUnseen({ seenAt, sightedAt }: Holding, at: Date): number | null {
  const last = sightedAt ?? seenAt;
  return last === null ? null : Math.max(0, Math.floor((at.getTime() - last.getTime()) / DAY_MS));
}

/** The spares that nobody has seen for too long to count on them: they are on record, and that is all that is known. */
export function unseenTooLong(holdings: readonly Holding[], seenWithinDays: number, at: Date): Holding[] {
  return holdings.filter((holding) => {
    if (sightingOf(holding) === null) return false;
    const days = daysUnseen(holding, at);
    return days === null || days > seenWithinDays;
  });
}

/** A holding as sentences name it: what it is where that is known, else what was asked for. */
export function nameOf({ thing, wanted }: Holding): string {
  return thing ?? wanted;
}
