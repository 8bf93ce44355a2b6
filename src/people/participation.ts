import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { instantSchema } from './profile.ts';

export const PARTICIPATION_KINDS = ['training', 'drill', 'exercise'] as const;

/** What somebody took part in. */
export const participationSchema = z
  .strictObject({
    kind: z.enum(PARTICIPATION_KINDS).describe('A drill rehearses a recovery; an exercise talks it through'),
    tookPlaceAt: instantSchema.describe('Not in the future'),
    validUntil: instantSchema
      .nullable()
      .default(null)
      .describe('From then on it counts no more; null: it never runs out'),
    fieldId: z
      .uuid()
      .toLowerCase()
      .nullable()
      .default(null)
      .describe('The field of skills that it keeps alive, if any'),
    drillRunId: z.uuid().toLowerCase().nullable().default(null).describe('The run of a drill, where Muster ran it'),
    note: longText(500).default('').describe('What it was, and what shows it'),
  })
  .refine(
    ({ tookPlaceAt, validUntil }) => validUntil === null || Temporal.Instant.compare(tookPlaceAt, validUntil) < 0,
    { message: 'must lie after tookPlaceAt', path: ['validUntil'] },
  )
  .refine(({ kind, drillRunId }) => drillRunId === null || kind === 'drill', {
    message: 'must be null for what is no drill',
    path: ['drillRunId'],
  });

/** A correction: the record as it should have been, or null for what did not take place. */
export const correctionSchema = z.strictObject({
  reason: lineText(500).describe('Why the record was wrong; kept for good'),
  record: participationSchema.nullable().describe('As it should have been; null: it did not take place'),
});

export type NewParticipation = z.output<typeof participationSchema>;
export type Correction = z.output<typeof correctionSchema>;

/** One record of the ledger. */
export interface Participation extends Omit<NewParticipation, 'fieldId'> {
  readonly id: string;
  readonly personId: string;
  readonly field: { readonly id: string; readonly name: string } | null;
  /** True for the correction that says that it did not take place. */
  readonly isWithdrawn: boolean;
  /** The record in whose place this one is, and why. */
  readonly corrects: { readonly id: string; readonly reason: string } | null;
  /** The record that has taken the place of this one. */
  readonly correctedById: string | null;
  readonly recordedAt: Temporal.Instant;
}
