const scale = Number(process.env.MUSTER_TEST_SCALE ?? '1');

/** A count for this run: multiplied by `MUSTER_TEST_SCALE`, which is 1 unless someone wants a soak run. */
export function scaled(count: number): number {
  return Math.max(1, Math.round(count * (scale > 0 ? scale : 1)));
}
