import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';

/** Somebody keeps one recovery point until a moment, whatever the policy says. */
export interface RecoveryPointHold {
  readonly id: string;
  readonly pointId: string;
  readonly reason: string;
  readonly until: Temporal.Instant;
  /** `live` until it is released or its end has come, by the database's clock. */
  readonly state: 'live' | 'released' | 'ended';
  readonly createdAt: Temporal.Instant;
  readonly createdBy: HoldActor | undefined;
  readonly released:
    | { readonly at: Temporal.Instant; readonly reason: string; readonly by: HoldActor | undefined }
    | undefined;
}

/** A principal; undefined where the service itself acted. */
export interface HoldActor {
  readonly id: string;
  readonly name: string;
}

/** As long as a hold lasts at most: ten years. What is to be kept longer is held again. */
export const HOLD_DAYS_MAX = 3660;

export const newHoldSchema = z.strictObject({
  reason: lineText(500).describe('Why the point must stay; kept with the hold for good'),
  until: z.iso.datetime().describe(`When the hold ends by itself: ahead, by ${HOLD_DAYS_MAX} days at most`),
});

export type NewHold = z.infer<typeof newHoldSchema>;

const instant = z.iso.datetime();
const actor = z.object({ id: z.uuid(), name: z.string() }).nullable();

export const holdSchema = z.object({
  id: z.uuid(),
  pointId: z.uuid(),
  reason: z.string(),
  until: instant,
  state: z.enum(['live', 'released', 'ended']).describe('Only a live hold keeps its point'),
  createdAt: instant,
  createdBy: actor,
  released: z.object({ at: instant, reason: z.string(), by: actor }).nullable(),
});

export function holdView(hold: RecoveryPointHold): z.input<typeof holdSchema> {
  const { released } = hold;
  return {
    ...hold,
    until: hold.until.toString(),
    createdAt: hold.createdAt.toString(),
    createdBy: hold.createdBy ?? null,
    released:
      released === undefined ? null : { at: released.at.toString(), reason: released.reason, by: released.by ?? null },
  };
}
