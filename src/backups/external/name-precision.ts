import type { ExternalDefinition } from './external-set.ts';

/** A unit of time that names end with. */
export type NameUnit = 'year' | 'month' | 'day' | 'hour' | 'minute';

/** What `date` calls the units, finest first. */
const UNITS: readonly (readonly [codes: string, unit: NameUnit | undefined])[] = [
  ['sSTcrXN', undefined],
  ['MR', 'minute'],
  ['HIkl', 'hour'],
  ['djeFDxuwaA', 'day'],
  ['mbBhUVW', 'month'],
  ['YyGgC', 'year'],
];

/**
 * The finest unit of time in the names of a set's points: a name with the day alone does not tell when on that day. Undefined
 * where their times are exact, to the second, or read elsewhere.
 */
export function nameUnitOf({ pattern, timeSource }: ExternalDefinition): NameUnit | undefined {
  if (timeSource !== 'name') return undefined;
  const codes = [...pattern.matchAll(/%(.)/gsu)].map(([, code = '']) => code);
  return UNITS.find(([known]) => codes.some((code) => known.includes(code)))?.[1];
}
