import { matchPath } from '../../external/pattern-match.ts';
import { parsePattern } from '../../external/point-pattern.ts';

/** Whether one of the patterns fits a path from the root. */
export function exclusionOf(patterns: readonly string[]): (path: string) => boolean {
  const parsed = patterns.map(parsePattern);
  return (path) => parsed.some((pattern) => matchPath(pattern, path) !== undefined);
}
