import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { instantSchema } from '../people/profile.ts';
import { periodFields, periodProblem } from './attainment.ts';

/** `due`: its attainment is attached, and it waits to be held. */
export const PROCESS_REVIEW_STATES = ['planned', 'due', 'held', 'cancelled'] as const;

export type ProcessReviewState = (typeof PROCESS_REVIEW_STATES)[number];

const fields = {
  title: lineText(200).describe('What people know it by'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that holds it, and is told'),
  dueAt: instantSchema.describe('When it is to be held; not before the period is over'),
};

/** A review that somebody plans. */
export const newProcessReviewSchema = z.strictObject({ ...fields, ...periodFields }).superRefine((review, context) => {
  const message = periodProblem(review);
  if (message !== undefined) context.addIssue({ code: 'custom', path: ['until'], message });
});

/** A change of a review that is not over: what is named replaces what was there. */
export const processReviewChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

const report = longText(20_000).refine((text) => text !== '', { message: 'must not be empty' });

/** What came out of a review. */
export const processReviewHeldSchema = z.strictObject({
  participantIds: z
    .array(z.uuid().toLowerCase())
    .min(1)
    .max(50)
    .transform((ids) => [...new Set(ids)].toSorted())
    .describe('The persons who took part'),
  findings: report.describe('What was found'),
  decisions: report.describe('What was decided; what is to be done besides is an action each'),
});

export const processReviewCancelSchema = z.strictObject({
  reason: lineText(500).describe('Why it is not held; kept for good'),
});

export type NewProcessReview = z.output<typeof newProcessReviewSchema>;
export type ProcessReviewChange = z.output<typeof processReviewChangeSchema>;
export type ProcessReviewHeld = z.output<typeof processReviewHeldSchema>;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A review as it is kept, without the attainment itself. */
export interface ProcessReview {
  readonly id: string;
  readonly title: string;
  /** Dates; the second is not included. */
  readonly from: string;
  readonly until: string;
  readonly zone: string;
  readonly isScheduled: boolean;
  readonly dueAt: Temporal.Instant;
  /** Null: nobody has taken it on yet; the administrators are told. */
  readonly owner: Named | null;
  readonly state: ProcessReviewState;
  readonly attainment: { readonly sha256: string; readonly at: Temporal.Instant } | null;
  readonly participants: readonly Named[];
  readonly findings: string | null;
  readonly decisions: string | null;
  readonly cancelReason: string | null;
  readonly ended: { readonly by: Named; readonly at: Temporal.Instant } | null;
  readonly createdAt: Temporal.Instant;
  readonly version: number;
}
