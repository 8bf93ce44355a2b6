import type { Pick } from './pick.ts';

/** An entitlement of which more seats are in use now than the contract gives, within what its policy allows. */
export interface OverUse {
  readonly code: 'over-used';
  readonly entitlementId: string;
  readonly seats: number;
  readonly used: number;
  readonly usedMax: number;
  readonly message: string;
}

/** The entitlements that these picks use beyond their seats. */
export function overUseOf(picks: readonly Pick[]): OverUse[] {
  const seatPicks = picks.flatMap((pick) => (pick.kind === 'seat' ? [pick] : []));
  const byEntitlement = Map.groupBy(seatPicks, ({ entitlement }) => entitlement);
  return [...byEntitlement].flatMap(([{ id, name, product, seats, used: before, seatsMax }, taken]) => {
    const used = taken.reduce((sum, { quantity }) => sum + quantity, before);
    if (used <= seats) return [];
    const message = `${product}, ${name}: ${used} seats in use, ${seats} bought, at most ${seatsMax} allowed; buy ${used - seats} more`;
    return [{ code: 'over-used', entitlementId: id, seats, used, usedMax: seatsMax, message }];
  });
}
