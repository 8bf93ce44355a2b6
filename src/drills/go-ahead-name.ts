/** What the go-aheads are called for which a recovery asks people by itself; manual steps have other names. */
export const GO_AHEAD = /^go-ahead-\d+$/;

/** The go-ahead for a step, by its place in the definition, which people count from 1. */
export function goAheadOf(position: number): string {
  return `go-ahead-${position + 1}`;
}
