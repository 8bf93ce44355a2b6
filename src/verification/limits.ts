/** Bounds of one check. What goes beyond them is reported, never followed. */
export interface VerificationLimits {
  /** Files in the directory, those that nobody names included. */
  readonly filesMax: number;
  /** Entries of one archive. */
  readonly entriesMax: number;
  /** Decoded bytes for each stored byte of an archive; looked at beyond `expansionFreeBytes` only. */
  readonly expansionRatioMax: number;
  /** Decoded bytes of one archive that are always allowed: a few zeroed WAL segments compress ten thousand times. */
  readonly expansionFreeBytes: number;
  /** Bytes of one entry's name or link target. */
  readonly nameBytesMax: number;
  /** Bytes of a file that is read into memory as a whole: a manifest, a record. */
  readonly documentBytesMax: number;
  /** Memory that a compressed stream may ask for as its window. */
  readonly windowBytesMax: number;
  /** Packings around each other. More than a few is a trap: an archive that unpacks to itself. */
  readonly packingsMax: number;
}

export const DEFAULT_LIMITS: VerificationLimits = {
  filesMax: 100_000,
  entriesMax: 1_000_000,
  expansionRatioMax: 1000,
  expansionFreeBytes: 1_073_741_824,
  nameBytesMax: 4096,
  documentBytesMax: 268_435_456,
  windowBytesMax: 134_217_728,
  packingsMax: 5,
};

/** Entries that a manifest lists for one archive at most. */
export const LISTED_ENTRIES_MAX = 100_000;
