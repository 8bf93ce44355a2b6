/** So many pieces, taken from one instant (included) until another (not included), both in milliseconds. */
export interface Taken {
  readonly fromMs: number;
  /** Infinity: without end. */
  readonly untilMs: number;
  readonly quantity: number;
}

/**
 * The most pieces that are taken at one instant inside `[fromMs, untilMs)`. What ends when another begins never overlaps
 * it. The database's peak functions count alike.
 */
export function peakWithin(
  span: { readonly fromMs: number; readonly untilMs: number },
  taken: readonly Taken[],
): number {
  const inside = taken.filter(({ fromMs, untilMs }) => fromMs < span.untilMs && span.fromMs < untilMs);
  const changes = inside.flatMap(({ fromMs, untilMs, quantity }) => [
    { atMs: Math.max(fromMs, span.fromMs), change: quantity },
    { atMs: untilMs, change: -quantity },
  ]);
  let now = 0;
  let peak = 0;
  for (const { change } of changes.toSorted((a, b) => a.atMs - b.atMs || a.change - b.change)) {
    now += change;
    peak = Math.max(peak, now);
  }
  return peak;
}
