import { z } from 'zod';
import { longText } from '../kernel/text.ts';

/** Why a clock can have been breached. */
export const BREACH_CAUSES = [
  'no-spare',
  'no-licence',
  'no-sound-backup',
  'nobody-available',
  'skill-missing',
  'supplier',
  'customer',
  'site-access',
  'late-notice',
  'diagnosis',
  'plan-failed',
  'workload',
  'late-entry',
  'other',
] as const;

export type BreachCauseName = (typeof BREACH_CAUSES)[number];

/** What somebody states of a clock that was breached. */
export const newBreachCauseSchema = z
  .strictObject({
    cause: z
      .enum(BREACH_CAUSES)
      .describe('What decided it. late-notice: Muster was told late; late-entry: it was in time and was entered late'),
    note: longText(2000).default('').describe('What happened, in words; needed for other'),
  })
  .refine(({ cause, note }) => cause !== 'other' || note !== '', {
    message: 'must say what it was when the cause is other',
    path: ['note'],
  });

export type NewBreachCause = z.output<typeof newBreachCauseSchema>;

/** What was stated of a clock. The last entry holds. */
export interface BreachCause {
  /** 1 for the first entry of a clock. */
  readonly seq: number;
  readonly cause: BreachCauseName;
  readonly note: string;
  readonly by: { readonly id: string; readonly name: string };
  readonly statedAtMs: number;
}
