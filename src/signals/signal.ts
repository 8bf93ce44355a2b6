import type { Queryable } from '../database/database.ts';

/** What a reading is of: a backup set, a clock, a disk. */
export interface SignalSubject {
  /** What kind of thing it is, 1 to 60 characters: `backup-set`. */
  readonly kind: string;
  /** Its id, where it has one; else its name tells it from others. */
  readonly id: string | null;
  readonly name: string;
}

/** What a signal says of one subject at one moment. */
export interface SignalReading {
  readonly subject: SignalSubject;
  /** The service that it concerns, if it concerns one alone: its own thresholds hold then. */
  readonly serviceId: string | null;
  /** In the signal's unit; null: nothing is known, and `reason` says why. */
  readonly value: number | null;
  readonly reason?: string | undefined;
}

/** What a signal is measured in. `yes-no`: 1 or 0. */
export const SIGNAL_UNITS = ['seconds', 'days', 'percent', 'pieces', 'seats', 'bytes', 'count', 'yes-no'] as const;

type SignalUnit = (typeof SIGNAL_UNITS)[number];

/** What the readings of a pass are taken from and against. */
export interface SignalContext {
  readonly db: Queryable;
  /** The moment that the readings speak of, by the database's clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * A figure that can be read of many subjects at once, for rules to judge. A domain contributes it as data, and the composition
 * root lists it.
 */
export interface Signal {
  /** Stable, as rules name it: `backup.rpo-used`. */
  readonly name: string;
  /** What it says, for people. */
  readonly title: string;
  readonly unit: SignalUnit;
  /** How often reading it is enough, for what is dear to read and moves slowly; with every pass when left out. */
  readonly everySeconds?: number;
  /**
   * Reads all subjects that there are, by one query or few. A subject that it does not name any more has gone. When it throws,
   * nothing is known of any subject; other signals are read all the same.
   */
  readonly read: (context: SignalContext) => Promise<readonly SignalReading[]>;
}

/** What tells the subjects of a signal apart. */
export function subjectKey({ kind, id, name }: SignalSubject): string {
  return `${kind}/${id ?? name}`;
}
