/**
 * How deep a check goes. Each level contains the ones before it:
 *
 * - `presence`: the file is there, a regular file, and as long as the manifest says;
 * - `digest`: the SHA-256 of the whole file (and of every chunk) equals the one on record;
 * - `structure`: the archive is decoded to its end, with every checksum inside it;
 * - `content`: every entry equals the manifest that lists it;
 * - `restore`: a drill restored it. No check of files alone reaches this one.
 */
export const LEVELS = ['presence', 'digest', 'structure', 'content', 'restore'] as const;

export type Level = (typeof LEVELS)[number];

/** Whether a check at `level` includes everything that `wanted` asks for. */
export function includesLevel(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

/** The shallowest of the levels: what can be said of a whole whose parts were checked at different depths. */
export function lowestLevel(levels: readonly Level[]): Level | undefined {
  return LEVELS.find((level) => levels.includes(level));
}
