import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

export const CONFIRMATION_OUTCOMES = ['done', 'failed'] as const;
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
  /** The role of the run that the person answered in; null for none. */
  readonly role: string | null;
  readonly answeredAt: Date | null;
}

/** A person's answer. */
export const confirmationRequest = z.strictObject({
  step: lineText(63).describe('The name of the manual step that the run waits for'),
  outcome: z.enum(CONFIRMATION_OUTCOMES).describe('Whether it was done; `failed` ends the drill'),
  note: lineText(1000).describe('What was done, and what was seen'),
  role: lineText(63)
    .optional()
    .describe('The role of the definition that the person answers in, and fills by this when nobody does'),
});

export type ConfirmationRequest = z.infer<typeof confirmationRequest>;

export const confirmationSchema = z.object({
  step: z.string(),
  instructions: z.string(),
  askedAt: z.iso.datetime(),
  outcome: z.enum(CONFIRMATION_OUTCOMES).nullable().describe('Null: the run waits for a person'),
  note: z.string().nullable(),
  person: z.string().nullable(),
  role: z.string().nullable().default(null).describe('The role in which it was answered'),
  answeredAt: z.iso.datetime().nullable(),
});

export function confirmationView(confirmation: Confirmation): z.output<typeof confirmationSchema> {
  const { step, instructions, outcome, note, personName, role } = confirmation;
  return {
    ...{ step, instructions, outcome, note, role },
    person: personName,
    askedAt: confirmation.askedAt.toISOString(),
    answeredAt: confirmation.answeredAt?.toISOString() ?? null,
  };
}
