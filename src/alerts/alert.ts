import type { Temporal } from 'temporal-polyfill';
import type { SignalSubject } from '../signals/signal.ts';

/**
 * How urgent an alert can be: 1 is the earliest warning, and a higher level is more urgent. How many there are, and their names, is
 * configured.
 */
export const ALERT_LEVELS = [1, 2, 3, 4] as const;

export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** `acknowledged`: somebody has taken it on. It is still open until it is `closed`. */
export const ALERT_STATES = ['open', 'acknowledged', 'closed'] as const;

type AlertState = (typeof ALERT_STATES)[number];

/** Why nobody is told of an alert meanwhile. */
export const SUPPRESSIONS = ['silence', 'maintenance'] as const;

export type Suppression = (typeof SUPPRESSIONS)[number];

/** An early warning that a rule has opened over one subject of its signal. At most one is open for a rule and a key. */
export interface Alert {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  /** What tells the subjects of the rule's signal apart. */
  readonly key: string;
  readonly signal: string;
  readonly subject: SignalSubject;
  readonly serviceId: string | null;
  /** Of a closed alert: the last one that it had. */
  readonly level: AlertLevel;
  readonly state: AlertState;
  /** Nothing has been known of the subject for as long as the rule lets pass. */
  readonly noData: boolean;
  /** The last one that was judged, in the signal's unit; null: there was none, and `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  readonly suppressedBy: Suppression | null;
  readonly openedAt: Temporal.Instant;
  readonly levelSince: Temporal.Instant;
  readonly acknowledged: {
    readonly at: Temporal.Instant;
    readonly byId: string;
    /** If it is still open by then, it is told again. */
    readonly remindAt: Temporal.Instant | null;
  } | null;
  readonly closedAt: Temporal.Instant | null;
  readonly version: number;
}

/** What can become of an alert. Whoever acknowledged a lower level has not acknowledged a higher one: `raised` opens it again. */
export const ALERT_CHANGES = [
  'opened',
  'raised',
  'lowered',
  'no-data',
  'data-back',
  'acknowledged',
  'reminded',
  'suppressed',
  'unsuppressed',
  'closed',
] as const;

/** One thing that became of an alert. */
export interface AlertChange {
  readonly what: (typeof ALERT_CHANGES)[number];
  /** The alert after it. */
  readonly alert: Alert;
  /** The level before it; null for an alert that opens. */
  readonly previousLevel: AlertLevel | null;
  readonly at: Temporal.Instant;
  /** Why, as far as somebody or something said so. */
  readonly note: string;
}

/** A change as the ledger of an alert keeps it. */
export interface RecordedChange {
  readonly what: AlertChange['what'];
  readonly at: Temporal.Instant;
  readonly level: AlertLevel;
  readonly previousLevel: AlertLevel | null;
  readonly value: number | null;
  /** Null: the rule did it. */
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly note: string;
}

/** What an alert says, in one line: its rule, its subject, and the value. */
export function alertInWords(
  alert: Pick<Alert, 'ruleName' | 'subject' | 'signal' | 'noData' | 'value' | 'reason'>,
): string {
  const { ruleName, subject, signal, noData, value, reason } = alert;
  const nothing = `no data of ${signal}${reason === null ? '' : ` (${reason})`}`;
  const what = noData || value === null ? nothing : `${signal} is ${Number(value.toFixed(3))}`;
  return `${ruleName}, ${subject.name}: ${what}`;
}
