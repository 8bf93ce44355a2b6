/** Draws that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, and without, `bound`. */
  below(bound: number): number;
  /** At most `count` of the items, in their order, none twice. */
  sample<T>(items: readonly T[], count: number): T[];
}

/** A sequence of draws (mulberry32: 32 bits of state, good enough to choose places). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  const sample = <T>(items: readonly T[], count: number) => {
    let wanted = Math.min(count, items.length);
    let left = items.length;
    return items.filter(() => {
      const isDrawn = below(left) < wanted;
      left -= 1;
      if (isDrawn) wanted -= 1;
      return isDrawn;
    });
  };
  return { below, sample };
}
