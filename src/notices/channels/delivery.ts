import type { Temporal } from 'temporal-polyfill';
import type { Urgency } from '../notice.ts';

export const DELIVERY_STATES = ['waiting', 'sending', 'bundled', 'delivered', 'dead'] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DELIVERY_KINDS = ['notice', 'digest', 'test'] as const;

/** One message by one channel. Its id is the message's id, the same at every attempt: receivers tell repeats by it. */
export interface Delivery {
  readonly id: string;
  readonly kind: (typeof DELIVERY_KINDS)[number];
  readonly channel: { readonly id: string; readonly name: string };
  /** Null for a test, and for a digest, which lists several. */
  readonly notice: { readonly id: string; readonly kind: string; readonly summary: string } | null;
  readonly urgency: Urgency;
  /** Of e-mail: where it goes. */
  readonly address: string | null;
  /** `bundled`: it goes in a digest, and fares as that does. `dead`: it will not be tried again unless somebody orders it. */
  readonly state: DeliveryState;
  /** The delivery of the digest that lists it. */
  readonly digestId: string | null;
  readonly attempt: number;
  /** When it is tried next, at the earliest. */
  readonly dueAt: Temporal.Instant;
  readonly settledAt: Temporal.Instant | null;
  readonly createdAt: Temporal.Instant;
}

/** One attempt at a delivery. */
export interface DeliveryAttempt {
  readonly attempt: number;
  readonly startedAt: Temporal.Instant;
  /** Null while it goes on. */
  readonly endedAt: Temporal.Instant | null;
  /** `lost`: the process that made it died, and nobody knows how it ended. */
  readonly outcome: 'delivered' | 'failed' | 'refused' | 'gone' | 'lost' | null;
  /** The status that was answered. */
  readonly status: number | null;
  readonly detail: string | null;
}
