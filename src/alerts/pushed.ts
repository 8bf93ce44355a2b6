import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

/** Readings that one push holds. */
const BATCH_MAX = 1000;

const labelsSchema = z
  .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,39}$/, 'must be the name of a label'), lineText(100))
  .refine((labels) => Object.keys(labels).length <= 10, { message: 'must hold 10 labels at most' });

const readingSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be a name such as queue-length')
    .describe('Rules name it as push: and this name'),
  labels: labelsSchema.default({}).describe('What tells a series from others of its name'),
  serviceId: z.uuid().toLowerCase().optional().describe('The service that it concerns'),
  value: z.number().min(-1e15).max(1e15),
  at: z.iso
    .datetime({ offset: true, abort: true })
    .transform((text) => Temporal.Instant.from(text))
    .optional()
    .describe('The moment that the value speaks of; now when left out'),
  validSeconds: z
    .int()
    .min(10)
    .max(2_678_400)
    .default(300)
    .describe('For how long the value holds; after that nothing is known until the next one'),
});

/** What somebody outside has measured. */
export const pushSchema = z.strictObject({
  readings: z.array(readingSchema).min(1).max(BATCH_MAX).describe('In any order; of a series the newest one counts'),
});

export type PushedReading = z.output<typeof readingSchema>;

/**
 * What became of a pushed reading. `older`: a value of that moment or a later one is there. `future`: its moment lies more than a
 * minute ahead.
 */
export const PUSH_OUTCOMES = ['taken', 'older', 'future'] as const;

export type PushOutcome = (typeof PUSH_OUTCOMES)[number];

/** A value of a series as it is to be written. */
export interface SeriesValue {
  readonly name: string;
  readonly seriesKey: string;
  readonly title: string;
  readonly serviceId: string | null;
  readonly value: number;
  readonly valuedAtMs: number;
  readonly holdsUntilMs: number;
}
