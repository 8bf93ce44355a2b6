import { z } from 'zod';
import type { Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import type { ClockKind } from '../sla/clock-kind.ts';
import type { Term } from '../sla/term.ts';
import type { Stage } from './incident-stage.ts';

/** As long as a link can be good. */
const DAYS_MAX = 90;

export const newCustomerLinkSchema = z.strictObject({
  label: lineText(120).describe('Whom it is for, so that it can be told from others'),
  days: z.int().min(1).max(DAYS_MAX).default(30).describe('After these it ends by itself'),
});

/** Something that the customer is to read. */
export const customerUpdateSchema = z.strictObject({
  text: longText(2000)
    .refine((text) => text !== '', { message: 'must not be empty' })
    .describe('What whoever has a link to the incident reads; it cannot be taken back'),
});

export type NewCustomerLink = z.output<typeof newCustomerLinkSchema>;

/** A link without its secret, which nobody can read again. Instants are texts (ISO 8601, UTC). */
export interface CustomerLink {
  readonly id: string;
  readonly incidentId: string;
  readonly label: string;
  readonly createdAt: string;
  readonly createdBy: { readonly id: string; readonly name: string };
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly reads: number;
  readonly lastReadAt: string | null;
}

export interface CustomerUpdate {
  readonly id: string;
  readonly at: string;
  readonly text: string;
}

/** The promises that customers are given; the others are about how we work. */
export const CUSTOMER_CLOCKS: readonly ClockKind[] = ['respond', 'plan', 'recover', 'resolve', 'update'];

/** What was promised, and how it stands. */
export interface CustomerPromise {
  readonly kind: ClockKind;
  readonly target: Term;
  readonly dueAt: string;
  readonly state: 'running' | 'paused' | 'met' | 'missed';
  /** When what was promised was reached. */
  readonly reachedAt: string | null;
}

/** All that a link shows, and nothing else. Instants are texts (ISO 8601, UTC). */
export interface CustomerCase {
  readonly number: string;
  readonly title: string;
  readonly severity: Severity;
  readonly stage: Stage;
  readonly receivedAt: string;
  readonly restoredAt: string | null;
  readonly resolvedAt: string | null;
  readonly promises: readonly CustomerPromise[];
  /** The latest first. */
  readonly updates: readonly Omit<CustomerUpdate, 'id'>[];
  readonly readAt: string;
}
