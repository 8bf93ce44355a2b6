import { AppError } from '../kernel/errors.ts';
import type { EntitlementAvailability, PartAvailability } from './availability.ts';
import type { Short } from './pick.ts';

/** Who has something of a pool, and until when. */
export interface PoolHolder {
  readonly code: string;
  readonly holder: string;
  readonly quantity: number;
  readonly state: 'held' | 'issued';
  /** When a hold ends or an issue is due; null when nobody said. */
  readonly until: string | null;
  readonly isOverdue: boolean;
}

/** A unit that was asked for by name. */
export interface UnitFacts {
  readonly serial: string;
  readonly state: string;
  readonly isExpired: boolean;
  readonly isUntested: boolean;
  readonly location: string | null;
}

/** A part that does as well. */
interface Substitute {
  readonly partNumber: string;
  readonly free: number;
  readonly conditions: string | null;
}

/** A part as a refusal tells of it. */
interface PartFacts {
  readonly available: PartAvailability;
  readonly holders: readonly PoolHolder[];
  readonly substitutes: readonly Substitute[];
}

/** An entitlement as a refusal tells of it. */
interface SeatFacts {
  readonly available: EntitlementAvailability;
  readonly holders: readonly PoolHolder[];
  /** That the assignee of the line has a seat of it already. */
  readonly isSeated: boolean;
}

/** A line that cannot be served, with everything that can be said of it. */
export interface Shortage {
  readonly short: Short;
  /** It could be served from the emergency reserve, which the wish may not take or has not asked for. */
  readonly isServedByReserve: boolean;
  readonly unit: UnitFacts | null;
  /** The parts that could serve it, the best first. */
  readonly parts: readonly PartFacts[];
  /** The entitlements that were looked at. */
  readonly seats: readonly SeatFacts[];
  /** Other entitlements of the same products that have free seats. */
  readonly otherSeats: readonly EntitlementAvailability[];
  /** What fits the failed device under conditions that were not accepted. */
  readonly notAccepted: readonly { readonly partNumber: string; readonly conditions: readonly string[] }[];
}

/**
 * The refusal of a wish: every line that is short, with what is asked and free, where the rest is, who has it and until
 * when, and what would do instead.
 * @param mayCross whether the wish is of the kind that can ask for the reserve.
 */
export function refusalOf(shortages: readonly Shortage[], mayCross: boolean): AppError {
  const fields = shortages.map((shortage) => ({
    field: `#/lines/${shortage.short.want.position}`,
    message: sentencesOf(shortage, mayCross).join('. '),
  }));
  const codes = shortages.map(codeOf);
  const code = codes.find((one) => one !== 'reserve-needed') ?? 'reserve-needed';
  const said = fields.map(({ message }, index) => `line ${positionOf(shortages[index])}: ${message}`).join('; ');
  return new AppError('conflict', code, `Nothing was taken: ${said}`, { fields });
}

const positionOf = (shortage: Shortage | undefined) => (shortage?.short.want.position ?? 0) + 1;

function codeOf({ short, isServedByReserve, parts }: Shortage): string {
  if (isServedByReserve) return 'reserve-needed';
  switch (short.want.kind) {
    case 'unit':
      return 'unit-not-available';
    case 'seat':
      return 'not-enough-seats';
    case 'fit':
      return parts.length === 0 ? 'no-fit' : 'not-enough-stock';
    default:
      return 'not-enough-stock';
  }
}

function sentencesOf(shortage: Shortage, mayCross: boolean): string[] {
  const { short, isServedByReserve, unit, parts, seats, otherSeats, notAccepted } = shortage;
  const [part] = parts;
  const said = unit ? [unitSentence(unit)] : [askedSentence(short, part, seats)];
  if (part && !unit) said.push(...placesSentences(part.available));
  said.push(
    ...holdersSentences(
      unit ? [] : [...parts.flatMap(({ holders }) => holders), ...seats.flatMap(({ holders }) => holders)],
    ),
  );
  if (unit) said.push(...holdersSentences(part?.holders ?? []));
  if (part && !unit) said.push(...unusableSentences(part.available));
  const others = parts
    .slice(1)
    .map(({ available }) => `${available.part.partNumber} (${available.freeWithoutReserve} free)`);
  if (others.length > 0) said.push(`Of the other parts that fit there is not enough either: ${others.join(', ')}`);
  said.push(...insteadSentences(part, unit, otherSeats));
  if (notAccepted.length > 0) {
    const fits = notAccepted.map(({ partNumber, conditions }) => `${partNumber} (${conditions.join('; ')})`);
    said.push(`Under conditions that have to be accepted: ${fits.join(', ')}`);
  }
  if (isServedByReserve) said.push(reserveSentence(mayCross));
  return said;
}

function unitSentence({ serial, state, isExpired, isUntested, location }: UnitFacts): string {
  const place = location === null ? '' : ` at ${location}`;
  if (state !== 'in_stock') return `unit ${serial} is ${state.replaceAll('_', ' ')}${place}`;
  if (isExpired) return `unit ${serial}${place} is past its shelf life`;
  if (isUntested) return `unit ${serial}${place} is not tested: its test is overdue`;
  return `unit ${serial}${place} is not free for the whole time`;
}

function askedSentence({ asked, free }: Short, part: PartFacts | undefined, seats: readonly SeatFacts[]): string {
  if (part) return `${asked} of ${part.available.part.partNumber} asked, ${free} free`;
  const seated = seats.find(({ isSeated }) => isSeated);
  if (seated) return `this user has a seat of ${nameOf(seated.available)} already`;
  if (seats.length === 0) return `${asked} asked, and there is nothing that would serve`;
  const names = seats.map(({ available }) => {
    const ended =
      available.seats === 0
        ? `, none to be had: it ${available.entitlement.endsOn ? `ends on ${available.entitlement.endsOn}` : 'is not in force'}`
        : '';
    return `${nameOf(available)} (${available.usedPeak} of ${available.seatsMax} in use${ended})`;
  });
  return `${asked} ${asked === 1 ? 'seat' : 'seats'} asked, ${free} free of ${names.join(', ')}`;
}

const nameOf = ({ entitlement }: EntitlementAvailability) => `${entitlement.product}, ${entitlement.name}`;

/** As many places, holders or parts as one sentence names. */
const NAMED_MAX = 5;

function listed(items: readonly string[]): string {
  const more = items.length > NAMED_MAX ? ` and ${items.length - NAMED_MAX} more` : '';
  return items.slice(0, NAMED_MAX).join(', ') + more;
}

function placesSentences({ places, usable, held, reserve, reserves }: PartAvailability): string[] {
  const somewhere = places.filter((place) => place.usable > 0);
  const kept = [
    ...(reserve > 0 ? [`${reserve} in all`] : []),
    ...reserves.map(({ location, quantity }) => `${quantity} at ${location.code}`),
  ];
  return [
    ...(somewhere.length > 0
      ? [`${usable} usable: ${listed(somewhere.map((place) => `${place.usable} at ${place.location.code}`))}`]
      : []),
    ...(held > 0 ? [`${held} of them held`] : []),
    ...(kept.length > 0 ? [`Kept for emergencies: ${listed(kept)}`] : []),
  ];
}

/** Why pieces that are ours cannot be handed out, in a sentence; none where all can. */
export function unusableSentences({ unusable }: PartAvailability): string[] {
  const reasons = [
    [unusable.inRepair, 'in repair'],
    [unusable.quarantined, 'quarantined'],
    [unusable.untested, 'untested'],
    [unusable.expired, 'expired'],
  ] as const;
  const there = reasons.filter(([pieces]) => pieces > 0).map(([pieces, reason]) => `${pieces} ${reason}`);
  return there.length > 0 ? [`Not usable: ${there.join(', ')}`] : [];
}

/** Who has something, in a sentence for what is held and one for what is handed out. */
export function holdersSentences(holders: readonly PoolHolder[]): string[] {
  const sentence = (state: PoolHolder['state'], verb: string) => {
    const those = summed(holders.filter((holder) => holder.state === state));
    return those.length > 0 ? [`${verb}: ${listed(those.map(holderWords))}`] : [];
  };
  return [...sentence('held', 'Held'), ...sentence('issued', 'Handed out')];
}

/** Units of one allocation that are due at the same time are told together. */
function summed(holders: readonly PoolHolder[]): PoolHolder[] {
  const groups = Map.groupBy(holders, ({ code, until }) => `${code} ${until}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ ...first, quantity: group.reduce((sum, { quantity }) => sum + quantity, 0) }] : [];
  });
}

function holderWords({ code, holder, quantity, state, until, isOverdue }: PoolHolder): string {
  const when = until === null ? 'without a due date' : `${state === 'held' ? 'until' : 'due'} ${until}`;
  return `${quantity} by ${holder} (${code}) ${when}${isOverdue ? ', overdue' : ''}`;
}

function insteadSentences(
  part: PartFacts | undefined,
  unit: UnitFacts | null,
  otherSeats: readonly EntitlementAvailability[],
): string[] {
  const parts = (part?.substitutes ?? [])
    .filter(({ free }) => free > 0)
    .map(({ partNumber, free, conditions }) => `${partNumber} (${free} free${conditions ? `; ${conditions}` : ''})`);
  const same =
    unit && part && part.available.freeWithoutReserve > 0
      ? [`another unit of ${part.available.part.partNumber} (${part.available.freeWithoutReserve} free)`]
      : [];
  const seats = otherSeats.map((other) => `${nameOf(other)} (${other.freeWithoutReserve} free)`);
  const instead = [...same, ...parts, ...seats];
  return instead.length > 0 ? [`Would do instead: ${listed(instead)}`] : [];
}

function reserveSentence(mayCross: boolean): string {
  return mayCross
    ? 'The emergency reserve would serve it: ask for it with `reserve` and a reason, which needs the permission reserve.cross'
    : 'The emergency reserve would serve it, but only for an incident of severity emergency';
}
