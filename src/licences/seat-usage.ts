/** How the seats of an entitlement stand: from this moment on, promised windows included. */
export interface SeatUsage {
  /** False before its term, after it, and when it is retired: then it gives no seat. */
  readonly isInForce: boolean;
  /** Seats that it gives today: the quantity while it is in force, else 0. */
  readonly seats: number;
  /** The most that may be in use at once: above `seats` where over-use is allowed. */
  readonly seatsMax: number;
  /** Seats that are handed out now. */
  readonly issued: number;
  /** The most seats that are in use or promised at one time, from now on. */
  readonly usedPeak: number;
  /** The same without what an emergency takes from the reserve. */
  readonly ordinaryPeak: number;
  readonly reserve: number;
}

/** What is wrong with how many seats are in use. Nothing takes a seat away: the people who sit on them decide. */
export interface SeatWarning {
  readonly code: 'over-used' | 'reserve-not-covered';
  /** How many seats it is about. */
  readonly seats: number;
  readonly message: string;
}

/** Seats that anybody may still take, at every time from now on. */
export function freeWithoutReserve({ seatsMax, usedPeak, ordinaryPeak, reserve }: SeatUsage): number {
  return Math.max(0, Math.min(seatsMax - usedPeak, seatsMax - reserve - ordinaryPeak));
}

/** Seats that an emergency may still take: the reserve included. */
export function freeWithReserve({ seatsMax, usedPeak }: SeatUsage): number {
  return Math.max(0, seatsMax - usedPeak);
}

/** What to tell whoever looks at these seats or has just changed how many there are. */
export function seatWarnings(usage: SeatUsage): SeatWarning[] {
  const { seats, usedPeak, reserve } = usage;
  const warnings: SeatWarning[] = [];
  const over = usedPeak - seats;
  if (over > 0) {
    warnings.push({
      code: 'over-used',
      seats: over,
      message: `${usedPeak} seats are in use or promised and ${seats} are entitled: ${over} too many. Get seats back or buy more`,
    });
  }
  if (!usage.isInForce) return warnings;
  const left = freeWithReserve(usage);
  // Seats that an emergency took from the reserve are what it was kept for.
  const missing = reserve - (usedPeak - usage.ordinaryPeak) - left;
  if (missing > 0) {
    warnings.push({
      code: 'reserve-not-covered',
      seats: missing,
      message: `${reserve} seats are kept for emergencies and ${left} are free: ${missing} are missing`,
    });
  }
  return warnings;
}
