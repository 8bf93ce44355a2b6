import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';

/**
 * In what a count differs from what was expected when it was counted:
 * - `surplus`, `shortage`: more or fewer pieces of a bulk part;
 * - `missing`: expected and not there;
 * - `misplaced`: a unit that the register has elsewhere, inside or outside of what is counted;
 * - `found`: a unit that was lost;
 * - `counted-twice`: a unit that was seen at two places in one round;
 * - `not-in-stock`: a unit that is handed out, deployed, in repair or written off by the register;
 * - `unknown`: what was scanned is borne by nothing;
 * - `uncounted`: pieces that nobody counted and of which some moved meanwhile: they are to be counted after all.
 */
export const DIFFERENCE_KINDS = [
  'surplus',
  'shortage',
  'missing',
  'misplaced',
  'found',
  'counted-twice',
  'not-in-stock',
  'unknown',
  'uncounted',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** What can be done about one. `look-into` and `leave` change nothing. */
export const DIFFERENCE_ACTIONS = ['adjust', 'mark-lost', 'move-here', 'look-into', 'leave'] as const;
export type DifferenceAction = (typeof DIFFERENCE_ACTIONS)[number];

/** Actions that change the register. */
export const CHANGING: readonly DifferenceAction[] = ['adjust', 'mark-lost', 'move-here'];

export const DIFFERENCE_REASONS = [
  'theft',
  'damage',
  'unrecorded-movement',
  'wrong-place',
  'wrong-label',
  'earlier-miscount',
  'unexplained',
] as const;
export type DifferenceReason = (typeof DIFFERENCE_REASONS)[number];

/** What became of one when the stocktake was posted. `overtaken`: the unit has moved since, and its movement stands. */
export const DIFFERENCE_OUTCOMES = ['adjusted', 'left', 'overtaken'] as const;
type DifferenceOutcome = (typeof DIFFERENCE_OUTCOMES)[number];

/** One difference. */
export interface Difference {
  readonly id: string;
  readonly kind: DifferenceKind;
  readonly unit: { readonly id: string; readonly serial: string } | null;
  readonly stockId: string | null;
  readonly code: string | null;
  readonly part: { readonly id: string; readonly partNumber: string } | null;
  /** Where the register had it; null: nowhere. */
  readonly location: { readonly id: string; readonly code: string } | null;
  readonly seenAt: { readonly id: string; readonly code: string } | null;
  readonly registerState: string | null;
  /** As it was expected at the instant of its count: opened with, plus the movements since. */
  readonly expected: number | null;
  readonly counted: number | null;
  /** Above the tolerance: two people must count it alike before it changes anything. */
  readonly needsSecond: boolean;
  readonly countedBy: { readonly id: string; readonly name: string } | null;
  /** Who else has counted the same. */
  readonly confirmedBy: { readonly id: string; readonly name: string } | null;
  readonly proposal: DifferenceAction;
  readonly action: DifferenceAction | null;
  readonly reason: DifferenceReason | null;
  readonly note: string | null;
  readonly outcome: DifferenceOutcome | null;
}

/** Whether an action suits a difference: pieces are adjusted, units moved or lost. */
export function actionsFor(kind: DifferenceKind, isUnit: boolean): readonly DifferenceAction[] {
  switch (kind) {
    case 'surplus':
    case 'shortage':
      return ['adjust', 'look-into', 'leave'];
    case 'missing':
      return [isUnit ? 'mark-lost' : 'adjust', 'look-into', 'leave'];
    case 'misplaced':
    case 'found':
    case 'counted-twice':
      return ['move-here', 'look-into', 'leave'];
    default:
      return ['look-into', 'leave'];
  }
}

/** What can be done about a difference: above the tolerance nothing changes that no second person has counted alike. */
export function possibleActions({
  kind,
  unit,
  needsSecond,
  confirmedBy,
}: Pick<Difference, 'kind' | 'unit' | 'needsSecond' | 'confirmedBy'>): readonly DifferenceAction[] {
  const suitable = actionsFor(kind, unit !== null);
  return needsSecond && confirmedBy === null ? suitable.filter((action) => !CHANGING.includes(action)) : suitable;
}

const why = {
  reason: z.enum(DIFFERENCE_REASONS).describe('Why it differs; kept with the movement'),
  note: lineText(300).optional().describe('What is known about it'),
};

export const decisionsSchema = z
  .strictObject({
    decisions: z
      .array(
        z.strictObject({
          differenceId: z.uuid().toLowerCase().describe('The difference'),
          action: z.enum(DIFFERENCE_ACTIONS).describe('What is done about it when the stocktake is posted'),
          ...why,
        }),
      )
      .max(1000)
      .default([])
      .describe('One by one'),
    rest: z.strictObject(why).optional().describe('What is not decided yet gets the proposed action, for this reason'),
  })
  .refine(({ decisions, rest }) => decisions.length > 0 || rest !== undefined, { message: 'must decide something' });
export type Decisions = z.infer<typeof decisionsSchema>;
