import { ENTRY_KINDS } from './entry.ts';

/** What stands in the timeline of an incident. */
export const TIMELINE_KINDS = [
  'stage',
  ...ENTRY_KINDS,
  'clock-started',
  'clock-paused',
  'clock-resumed',
  'clock-stopped',
  'clock-mark',
  'clock-breached',
  'clock-target',
  'from-reserve',
  'customer-update',
  'recovery-requested',
  'recovery-ended',
] as const;

export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** One thing that has happened. */
export interface TimelineItem {
  readonly at: string;
  readonly kind: TimelineKind;
  /** Null for what nobody has done. */
  readonly by: string | null;
  /** Why it was entered later than it happened. */
  readonly lateBecause: string | null;
  readonly recordedAt: string | null;
  /** What there is to say of its kind. */
  readonly details: Readonly<Record<string, unknown>>;
}
