import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { backDating } from '../sla/clock-record.ts';
import { factFields, lineOrMore } from './incident.ts';
import { SUB_STATES } from './incident-stage.ts';

/** What can be entered of an incident. */
export const ENTRY_KINDS = [
  'facts',
  'contact',
  'plan',
  'verification',
  'resolution',
  'feedback',
  'classification',
  'transfer',
  'note',
  'dispatch',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** How somebody was reached. */
const CONTACT_WAYS = ['phone', 'e-mail', 'message', 'video', 'on-site', 'other'] as const;

const id = z.uuid().toLowerCase();
const backDated = z.strictObject(backDating);

/** Something that is only done, at an instant. */
export const doneSchema = backDated;

/** What has become known. */
export const factsSchema = z
  .strictObject({ ...factFields, ...backDating })
  .refine(({ symptom, frequency, scope }) => (symptom ?? frequency ?? scope) !== undefined, {
    message: 'must state at least one of symptom, frequency and scope',
  });

/** That somebody was spoken to. */
const contactFields = {
  who: lineText(200).describe('Who was reached'),
  how: z.enum(CONTACT_WAYS).describe('By which way'),
  said: lineOrMore(4000).describe('What was said'),
};

export const contactSchema = z.strictObject({ ...contactFields, ...backDating });

const resourceSchema = z.strictObject({
  what: lineText(200).describe('A spare, a seat, somebody: as people say it'),
  quantity: z.int().min(1).max(10_000).default(1).describe('How many'),
  partId: id.optional().describe('The part of the catalogue'),
  productId: id.optional().describe('The licensed product'),
});

/** How it is to be put right. */
export const planSchema = z.strictObject({
  text: lineOrMore(10_000).describe('What is to be done, by whom, in which order'),
  resources: z.array(resourceSchema).max(50).default([]).describe('What it takes: spares, seats, people'),
  ...backDating,
});

/** That somebody looked whether it runs again. */
export const verificationSchema = z.strictObject({
  who: lineText(200).describe('Who has verified it'),
  personId: id.optional().describe('The same, where the register knows them'),
  how: lineOrMore(2000).describe('What was looked at'),
  result: z.enum(['passed', 'failed']).describe('passed: it runs again'),
  ...backDating,
});

/** How it ended. */
export const resolutionSchema = z.strictObject({
  text: lineOrMore(10_000).describe('What was done, or answered'),
  cause: lineOrMore(4000).optional().describe('Why it happened; left out: it is not known'),
  decision: z
    .strictObject({
      outcome: z.enum(['accepted', 'declined', 'deferred']).describe('What becomes of it'),
      reason: lineOrMore(2000).describe('Why'),
    })
    .optional()
    .describe('Of a suggestion, and only of that: it cannot end without one'),
  ...backDating,
});

/** What the customer was told at the end, and what they say of it. */
export const feedbackSchema = z.strictObject({
  ...contactFields,
  isSatisfied: z.boolean().optional().describe('What the customer says; left out: they were not asked'),
  ...backDating,
});

/** In what the handling goes on. */
export const subStateSchema = z.strictObject({
  subState: z.enum(SUB_STATES).describe('What is done from now on'),
  ...backDating,
});

export const noteSchema = z.strictObject({ text: longText(4000).min(1, 'must not be empty').describe('A remark') });

export type NewFacts = z.infer<typeof factsSchema>;
export type NewContact = z.infer<typeof contactSchema>;
export type NewPlan = z.infer<typeof planSchema>;
export type NewVerification = z.infer<typeof verificationSchema>;
export type NewResolution = z.infer<typeof resolutionSchema>;
export type NewFeedback = z.infer<typeof feedbackSchema>;
export type NewSubState = z.infer<typeof subStateSchema>;
