import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { longText } from '../kernel/text.ts';
import { instant } from './unit.ts';

export const TEST_RESULTS = ['passed', 'failed'] as const;
export type TestResult = (typeof TEST_RESULTS)[number];

/** One test of a spare: does it still work? Append-only. */
export interface UnitTest {
  readonly id: string;
  readonly unitId: string;
  readonly testedAt: Temporal.Instant;
  readonly result: TestResult;
  readonly note: string | null;
  /** Null: the service itself. */
  readonly actor: { readonly id: string; readonly name: string } | null;
}

export const newUnitTestSchema = z.strictObject({
  testedAt: instant().describe('When it was tested'),
  result: z.enum(TEST_RESULTS).describe('A failed unit goes to quarantine at once'),
  note: longText(1000)
    .pipe(z.string().min(1, 'must not be empty'))
    .optional()
    .describe('What was tested, and what was seen'),
});
export type NewUnitTest = z.infer<typeof newUnitTestSchema>;
