import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { instantSchema } from '../people/profile.ts';

/** What can have found that something is to be put right. */
export const ACTION_SOURCES = ['drill', 'incident-review', 'process-review', 'other'] as const;

export type ActionSourceKind = (typeof ACTION_SOURCES)[number];

export const ACTION_STATES = ['open', 'done', 'dropped'] as const;

/** An action of a drill closes by itself, when a later run shows that it is put right. */
export type ActionState = (typeof ACTION_STATES)[number];

const fields = {
  title: lineText(300).describe('What is to be put right, in one line'),
  note: longText(4000).describe('What else whoever does it must know'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that sees to it, and is told'),
  dueAt: instantSchema.describe('In the future'),
};

/** A new action. */
export const newActionSchema = z.strictObject({ ...fields, note: fields.note.default('') });

/** A change of an open action: what is named replaces what was there. */
export const actionChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

const outcome = lineText(4000);

export const actionDoneSchema = z.strictObject({ proof: outcome.describe('What was done, and what shows it') });

export const actionDropSchema = z.strictObject({ reason: outcome.describe('Why nobody will do it') });

export type NewAction = z.output<typeof newActionSchema>;
export type ActionChange = z.output<typeof actionChangeSchema>;

/** What has found an action that is not of a drill. */
export type ActionOrigin =
  | { readonly kind: 'other'; readonly id: null }
  | { readonly kind: 'incident-review' | 'process-review'; readonly id: string };

/** An action of whatever source, as lists show it. */
export interface Action {
  readonly id: string;
  readonly source: {
    readonly kind: ActionSourceKind;
    /** The run of a drill, or the review. */
    readonly id: string | null;
    /** Of the drill; null for others. */
    readonly drill: string | null;
  };
  readonly title: string;
  readonly note: string;
  /** Without an id: the file of a drill names somebody whom nobody has registered. */
  readonly owner: { readonly id: string | null; readonly name: string };
  readonly dueAt: Temporal.Instant;
  readonly state: ActionState;
  readonly isOverdue: boolean;
  readonly end: {
    readonly at: Temporal.Instant;
    /** The proof, or why it was dropped; null for a drill, where a run has shown it. */
    readonly outcome: string | null;
    readonly by: { readonly id: string; readonly name: string } | null;
    /** The run that has shown it. */
    readonly runId: string | null;
  } | null;
  readonly createdAt: Temporal.Instant;
  readonly version: number;
}
