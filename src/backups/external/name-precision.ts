import type { ExternalDefinition } from './external-set.ts';
import { parsePattern, type TimePrecision } from './point-pattern.ts';

/** A unit of time that names end with. */
export type NameUnit = Exclude<TimePrecision, 'second'>;

/**
 * The finest unit of time in the names of a set's points: a name with the day alone does not tell when on that day. Undefined
 * where their times are exact, to the second, or read elsewhere.
 */
export function nameUnitOf({ pattern, timeSource }: ExternalDefinition): NameUnit | undefined {
  if (timeSource !== 'name') return undefined;
  const { precision } = parsePattern(pattern);
  return precision === 'second' ? undefined : precision;
}
