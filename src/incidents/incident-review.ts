import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';

export const INCIDENT_REVIEW_STATES = ['draft', 'final'] as const;

export type IncidentReviewState = (typeof INCIDENT_REVIEW_STATES)[number];

const text = longText(10_000);

const fields = {
  cause: text.describe('What brought the incident about'),
  factors: text.describe('What made it likelier, longer or worse'),
  wentWell: text.describe('What is to be kept'),
  wentBadly: text.describe('What is to be put right; each thing that somebody must do is an action besides'),
  timeline: z
    .array(
      z.strictObject({
        at: z.iso.datetime({ offset: true }),
        text: lineText(500),
      }),
    )
    .max(100)
    .transform((lines) => lines.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at)))
    .describe('The instants that count, in their order'),
};

/** What a review says; what is left out of a new one is empty, its timeline the stages of the incident. */
export const incidentReviewSchema = z
  .strictObject({ ...fields })
  .partial()
  .prefault({});

/** A change of a draft: what is named replaces what was there. */
export const incidentReviewChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

/** What a review says, as it is stored and approved. */
export interface IncidentReviewContent {
  readonly cause: string;
  readonly factors: string;
  readonly wentWell: string;
  readonly wentBadly: string;
  readonly timeline: readonly { readonly at: string; readonly text: string }[];
}

export type IncidentReviewChange = {
  readonly [Field in keyof IncidentReviewContent]?: IncidentReviewContent[Field] | undefined;
};

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface IncidentReview extends IncidentReviewContent {
  readonly id: string;
  readonly incident: {
    readonly id: string;
    readonly number: string;
    readonly title: string;
    readonly severity: Severity;
  };
  readonly state: IncidentReviewState;
  readonly author: Named;
  /** Everybody who has written something of it. */
  readonly writers: readonly Named[];
  /** Who has approved it, and the digest of what was approved. */
  readonly approval: { readonly by: Named; readonly at: Temporal.Instant; readonly sha256: string } | null;
  readonly createdAt: Temporal.Instant;
  readonly version: number;
}

/** An emergency that is over and has no review, or none that was approved. */
export interface MissingReview {
  readonly incidentId: string;
  readonly number: string;
  readonly title: string;
  readonly resolvedAt: Temporal.Instant;
  /** The draft, if there is one. */
  readonly reviewId: string | null;
}
