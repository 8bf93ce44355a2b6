import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import type { ClockKind } from './clock-kind.ts';

/** Somebody asks that a clock stand still. */
export const newPauseRequestSchema = z.strictObject({
  reason: lineText(500).describe('Why the clock is to stand still'),
  askedId: z
    .uuid()
    .toLowerCase()
    .nullable()
    .default(null)
    .describe('The person who is asked to approve and gets a notice; any other person who may can approve as well'),
});

const noteSchema = longText(2000).default('').describe('What is to be kept with the decision');

/** Another person approves. */
export const pauseApprovalSchema = z.strictObject({
  note: noteSchema,
  since: z
    .enum(['approval', 'request'])
    .default('approval')
    .describe('From when the clock stands still: from now on, or back-dated to the instant of the request'),
});

/** Another person refuses, or whoever asked withdraws. */
export const pauseEndSchema = z.strictObject({ note: noteSchema });

export type NewPauseRequest = z.output<typeof newPauseRequestSchema>;
export type PauseApproval = z.output<typeof pauseApprovalSchema>;

/** `lapsed`: the clock was stopped before anybody decided. */
export const PAUSE_REQUEST_STATES = ['open', 'approved', 'refused', 'withdrawn', 'lapsed'] as const;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A request with what was decided. */
export interface PauseRequest {
  readonly id: string;
  readonly clock: {
    readonly id: string;
    readonly kind: ClockKind;
    readonly severity: Severity;
    readonly subject: string;
  };
  readonly reason: string;
  readonly state: (typeof PAUSE_REQUEST_STATES)[number];
  readonly requestedBy: Named;
  readonly requestedAt: Temporal.Instant;
  readonly asked: Named | null;
  readonly decision: PauseDecision | null;
}

/** What became of a request. */
export interface PauseDecision {
  readonly outcome: 'approved' | 'refused' | 'withdrawn';
  readonly note: string;
  readonly decidedBy: Named;
  readonly decidedAt: Temporal.Instant;
  /** From when the clock stands still; null unless it was approved. */
  readonly effectiveAt: Temporal.Instant | null;
  /** Whether the approver has accepted the instant of the request. */
  readonly isBackDated: boolean;
}
