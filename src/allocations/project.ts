import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

const fields = {
  code: z
    .string()
    .trim()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/,
      'must be 1 to 40 of letters, digits and . _ / -, from a letter or digit',
    )
    .describe('What people and labels know it by, unique whatever the case'),
  name: lineText(120).describe('What it is about'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that answers for what it holds'),
};

/** A new project. */
export const newProjectSchema = z.strictObject(fields);

/** A change: what is named replaces what was there. */
export const projectChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewProject = z.infer<typeof newProjectSchema>;
export type ProjectChange = z.infer<typeof projectChangeSchema>;

/** A piece of work that can hold spares and seats beyond the persons who come and go in it. */
export interface Project {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string };
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}
