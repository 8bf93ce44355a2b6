import type { Temporal } from 'temporal-polyfill';

/** 1 can wait; 4 is an emergency. */
export type Urgency = 1 | 2 | 3 | 4;

/** What somebody is to be told. */
export interface NewNotice {
  /** What it is about, as `subject.event`: `hold.displaced`, `checkout.overdue`. */
  readonly kind: string;
  /** Ids of persons, teams and service accounts; each is told once. */
  readonly recipients: readonly string[];
  readonly subjectKind: string;
  readonly subjectId: string;
  /** One sentence for people: what happened and what to do. Cut off behind 1,000 characters. */
  readonly summary: string;
  /** How urgent it is, as the level of an alert: 1 (unless stated) to 4. Channels carry it by this. */
  readonly urgency?: Urgency;
  /** The same for programs, without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What makes it the same notice, 1 to 300 characters: posting it again does nothing. */
  readonly onceKey: string;
}

/** A notice as its recipients read it. */
export interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly recipient: { readonly id: string; readonly kind: string; readonly name: string };
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly urgency: Urgency;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: Temporal.Instant;
  readonly deliveredAt: Temporal.Instant | null;
  /** For a team: when its first member read it. */
  readonly readAt: Temporal.Instant | null;
}
