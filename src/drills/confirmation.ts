import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

const CONFIRMATION_OUTCOMES = ['done', 'failed'] as const;
type ConfirmationOutcome = (typeof CONFIRMATION_OUTCOMES)[number];

/** What a run asks a person to do, and what that person said of it; null until somebody has. */
export interface Confirmation {
  /** The name of the manual step. */
  readonly step: string;
  readonly instructions: string;
  readonly askedAt: Date;
  readonly outcome: ConfirmationOutcome | null;
  readonly note: string | null;
  readonly personName: string | null;
  readonly answeredAt: Date | null;
}

/** A person's answer. */
export const confirmationRequest = z.strictObject({
  step: lineText(63).describe('The name of the manual step that the run waits for'),
  outcome: z.enum(CONFIRMATION_OUTCOMES).describe('Whether it was done; `failed` ends the drill'),
  note: lineText(1000).describe('What was done, and what was seen'),
});

export type ConfirmationRequest = z.infer<typeof confirmationRequest>;

export const confirmationSchema = z.object({
  step: z.string(),
  instructions: z.string(),
  askedAt: z.iso.datetime(),
  outcome: z.enum(CONFIRMATION_OUTCOMES).nullable().describe('Null: the run waits for a person'),
  note: z.string().nullable(),
  person: z.string().nullable(),
  answeredAt: z.iso.datetime().nullable(),
});

export function confirmationView(confirmation: Confirmation): z.input<typeof confirmationSchema> {
  const { step, instructions, outcome, note, personName } = confirmation;
  return {
    ...{ step, instructions, outcome, note },
    person: personName,
    askedAt: confirmation.askedAt.toISOString(),
    answeredAt: confirmation.answeredAt?.toISOString() ?? null,
  };
}
