import { z } from 'zod';
import { type FindingKind, VERDICT_OF_KIND } from '../verification/finding.ts';
import { isRelativePath } from '../verification/manifest.ts';
import { probeSchema } from './definition-http.ts';
import { scriptFields } from './definition-script.ts';
import { expectationSchema } from './expectation.ts';

const tablesCheck = z
  .strictObject({ check: z.literal('tables') })
  .describe('Row counts and fingerprints of every leaf table against the recovery point’s record; none is a failure');

const canaryCheck = z
  .strictObject({ check: z.literal('canary') })
  .describe('Decrypt a canary from the restored data with the exported key');

const on = z
  .enum(['postgres', 'sqlite'])
  .optional()
  .describe('Which restored database is asked; not needed where there is one');

const timeoutSeconds = z.int().min(1).max(86_400).default(60).describe('A query that takes longer fails the check');

const sqlCheck = z
  .strictObject({
    check: z.literal('sql'),
    name: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('What is asked, for the report; the query itself unless stated'),
    on,
    query: z.string().min(1).max(20_000).describe('One SELECT, in a transaction that only reads'),
    expect: expectationSchema,
    timeoutSeconds,
  })
  .describe('Ask the restored database a question whose answer is known');

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const countExpectation = z
  .union([count, z.strictObject({ min: count.optional(), max: count.optional() })], {
    error: 'must be a count, or a range with min, max or both',
  })
  .describe('So many, or a range');

const rowCountsCheck = z
  .strictObject({
    check: z.literal('rowCounts'),
    on,
    tables: z
      .record(z.string().min(1).max(200), countExpectation)
      .refine((tables) => Object.keys(tables).length > 0, 'must name at least one table')
      .describe('Table (schema.table, or table of the first schema that has it) and how many rows it must have'),
    tolerancePercent: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('So far from a count that is stated as one number a table may be'),
    timeoutSeconds,
  })
  .describe('Count the rows of tables; the report says of how many tables in all');

const relativePath = z.string().min(1).max(1000).refine(isRelativePath, 'must be a relative path without . or ..');

const filesCheck = z
  .strictObject({
    check: z.literal('files'),
    against: z
      .union(
        [
          z.literal('manifest'),
          z.strictObject({ list: relativePath.describe('Below what was extracted: SHA256SUMS') }),
        ],
        {
          error: 'must be manifest, or list: with the path of a list of digests',
        },
      )
      .optional()
      .describe(
        'Compare every file with its digest: in the signed manifest of what Muster captured, or in a list among the files',
      ),
    required: z.array(relativePath).max(1000).default([]).describe('Paths that must be there'),
    count: countExpectation.optional().describe('How many files there must be'),
  })
  .refine(
    ({ against, required, count: wanted }) => against !== undefined || required.length > 0 || wanted !== undefined,
    {
      message: 'checks nothing: it needs against, required or count',
    },
  )
  .describe('The restored files: their digests, how many there are, and which must be there');

const scriptCheck = z
  .strictObject({
    check: z.literal('script'),
    ...scriptFields,
    timeoutSeconds: z.int().min(1).max(86_400).default(3600).describe('The check fails when it takes longer'),
  })
  .describe('A script that looks at what was restored, and passes by exit status 0; it cannot change anything of it');

const httpCheck = probeSchema({ check: z.literal('http') }).describe(
  'Ask over HTTP what the run itself serves, or an allowed address; the report says how many of the answers were as expected',
);

const damageCheck = z
  .strictObject({
    check: z.literal('damage'),
    kinds: z
      .array(z.enum(Object.keys(VERDICT_OF_KIND) as [FindingKind, ...FindingKind[]]))
      .min(1)
      .optional()
      .describe('At least one finding must be of one of these kinds; any will do unless stated'),
  })
  .describe('After verify with expect: damaged. What was found is the damage that is known to be there');

/** One check of the validation. */
export const checkSchema = z.discriminatedUnion('check', [
  tablesCheck,
  canaryCheck,
  sqlCheck,
  rowCountsCheck,
  filesCheck,
  scriptCheck,
  httpCheck,
  damageCheck,
]);

export type ValidationCheck = z.infer<typeof checkSchema>;

/** One kind of check. */
export type CheckOf<Name extends ValidationCheck['check']> = Extract<ValidationCheck, { check: Name }>;

/** How many of something there must be. */
export type CountExpectation = z.infer<typeof countExpectation>;
