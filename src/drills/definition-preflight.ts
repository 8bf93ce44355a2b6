import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { complain } from './definition-problem.ts';

const name = lineText(200).optional().describe('What the report calls it; what it asserts unless stated');

const pgRestore = z
  .strictObject({
    assert: z.literal('pgRestore'),
    name,
    minMajor: z.int().min(9).max(99).describe('The oldest major version that will do: that of the pg_dump'),
  })
  .describe('This machine has a pg_restore that reads the dump');

const freeSpace = z
  .strictObject({
    assert: z.literal('freeSpace'),
    name,
    minBytes: z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe('So many bytes are free there'),
  })
  .describe(
    'There is room where the sandboxes lie; what the recovery point is known to need is looked for in any case',
  );

const isolation = z
  .strictObject({ assert: z.literal('isolation'), name })
  .describe('Scripts can be kept in namespaces on this machine');

const pointAge = z
  .strictObject({
    assert: z.literal('pointAge'),
    name,
    maxSeconds: z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe('Its data is so old at the trigger, at most'),
  })
  .describe('There is a recovery point to choose, and it is young enough; not with select: random');

const repository = z
  .strictObject({ assert: z.literal('repository'), name })
  .describe('The repository of the backup set can be reached, and the scenario does not take it away');

const resources = z
  .strictObject({ assert: z.literal('resources'), name })
  .describe('The spares and seats of the definition are free at this moment; nothing of them is held for the answer');

/** What must be so before anything is held or fetched. */
export const preflightSchema = z
  .array(z.discriminatedUnion('assert', [pgRestore, freeSpace, isolation, pointAge, repository, resources]))
  .min(1)
  .max(20)
  .describe('What must be so before anything is held or fetched; all of it is judged, and anything else ends the run');

/** The part of a definition that a preflight must fit. */
export interface Preflown {
  readonly preflight?: Assertion[] | undefined;
  readonly recoveryPoint: { readonly select: string };
  readonly resources?: unknown;
}

/** Refuses what a preflight cannot know: a point that is drawn later, resources that nobody names. */
export function refuseUnpreparable(
  { preflight = [], recoveryPoint, resources: named }: Preflown,
  context: z.RefinementCtx,
) {
  preflight.forEach(({ assert }, index) => {
    if (assert === 'pointAge' && recoveryPoint.select === 'random') {
      complain(context, ['preflight', index], 'a point that is drawn at random is not known before it is drawn');
    }
    if (assert === 'resources' && named === undefined) {
      complain(context, ['preflight', index], 'the definition names no resources');
    }
  });
}

/** One assertion. */
export type Assertion = z.infer<typeof preflightSchema>[number];
export type AssertionOf<Name extends Assertion['assert']> = Extract<Assertion, { assert: Name }>;
