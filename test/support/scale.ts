const wanted = Number(process.env.MUSTER_TEST_SCALE ?? '1');
const scale = wanted > 0 ? wanted : 1;

/**
 * The seed of random cases: the same each time, so that a change is judged by itself; another one with each soak run, which
 * looks for what nobody thought of, or as `MUSTER_TEST_SEED` says.
 */
export const TEST_SEED = Number(
  process.env.MUSTER_TEST_SEED ?? (scale === 1 ? 20_261_122 : Math.trunc(Date.now() % 2 ** 31)),
);

/** Whether this run looks at every variant, and not only at one of each kind. */
export const isSoak = scale > 1;

/** A count for this run: multiplied by `MUSTER_TEST_SCALE`, which is 1 unless someone wants a soak run. */
export function scaled(count: number): number {
  return Math.max(1, Math.round(count * scale));
}
