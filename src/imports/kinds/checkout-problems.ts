import type { FieldTrouble } from '../import.ts';
import type { CheckoutFacts, OpenLine } from './checkout-rows.queries.ts';

/** What a line would do, as far as what is there says it; `problems` without any: hand something out, or nothing. */
export interface CheckoutJudgement {
  readonly isThere: boolean;
  readonly problems: readonly FieldTrouble[];
}

/** Judges a line by what it names. Whether it can be handed out is asked of the check-out itself. */
export function judged(facts: CheckoutFacts): CheckoutJudgement {
  if (facts.lineId !== null) return stated(facts);
  const problems = [...holderProblems(facts), ...thingProblems(facts)];
  if (problems.length > 0) return { isThere: false, problems };
  if (facts.unitId !== null) return facts.open ? outAlready(facts, facts.open) : { isThere: false, problems };
  return piecesOut(facts);
}

/** A line of an export: it changes nothing, or is wrong. */
function stated(facts: CheckoutFacts): CheckoutJudgement {
  const { open, lineId, holder, quantity, holderId } = facts;
  if (open === null) {
    return wrong('line_id', `nothing is out by the line ${lineId}: leave it out where something is to be handed out`);
  }
  const problems: FieldTrouble[] = [...dueProblems(facts, open)];
  if (open.holderId !== holderId && open.holder.toLowerCase() !== holder.toLowerCase()) {
    problems.push({ field: 'holder', message: `cannot be changed by an import: ${open.holder} has it` });
  }
  if (quantity !== null && quantity !== open.quantity) {
    problems.push({ field: 'quantity', message: `cannot be changed by an import: ${open.quantity} are out` });
  }
  if ((facts.unitId ?? open.unitId) !== open.unitId || (facts.partId ?? open.partId) !== open.partId) {
    problems.push({ field: 'line_id', message: 'is of something else than the line names' });
  }
  return { isThere: true, problems };
}

function outAlready(facts: CheckoutFacts, open: OpenLine): CheckoutJudgement {
  if (open.holderId !== facts.holderId) {
    return wrong('holder', `${open.holder} has it: what is out comes back by a return first`);
  }
  return { isThere: true, problems: dueProblems(facts, open) };
}

const dueProblems = ({ dueOn }: CheckoutFacts, open: OpenLine): FieldTrouble[] =>
  dueOn === null || dueOn === open.dueOn
    ? []
    : [{ field: 'due_on', message: `cannot be changed by an import: it is ${open.dueOn ?? 'not known'}` }];

/** Pieces have no identity: a line says how many the holder has of a part, and the same file again changes nothing. */
function piecesOut({ out, quantity }: CheckoutFacts): CheckoutJudgement {
  if (out === 0) return { isThere: false, problems: [] };
  if (out === (quantity ?? 1)) return { isThere: true, problems: [] };
  return wrong('quantity', `the holder has ${out} of them already: hand more out, or take some back, by hand`);
}

function holderProblems({ holder, holderCount }: CheckoutFacts): FieldTrouble[] {
  if (holderCount === 1) return [];
  const message =
    holderCount === 0
      ? `there is no person, team, service or project "${holder}" in use`
      : `${holderCount} holders have the name "${holder}": say by holder_kind which one is meant`;
  return [{ field: 'holder', message }];
}

function thingProblems(facts: CheckoutFacts): FieldTrouble[] {
  const { assetTag, manufacturer, partNumber, serial, location, placeId, partId, tracking, unitId, quantity } = facts;
  const trouble = (field: string, message: string) => [{ field, message }];
  if (assetTag === null && (manufacturer === null || partNumber === null)) {
    return trouble('asset_tag', 'must be stated, or manufacturer and part_number: what is out');
  }
  if (partId === null && manufacturer !== null && partNumber !== null) {
    return trouble('part_number', `there is no part "${partNumber}" of "${manufacturer}": bring the parts in first`);
  }
  if (facts.isOther) return trouble('asset_tag', `"${assetTag}" is on another unit than part and serial number say`);
  if (unitId === null && assetTag !== null) {
    return trouble('asset_tag', `there is no unit "${assetTag}": bring the units in first`);
  }
  if (unitId === null && serial !== null && tracking === 'serial') {
    return trouble('serial', `there is no unit "${serial}" of the part: bring the units in first`);
  }
  if (tracking === 'serial' && unitId === null) {
    return trouble('serial', 'must be stated, or asset_tag: each piece of the part is a unit of its own');
  }
  if (tracking === 'bulk' && serial !== null) return trouble('serial', 'must be empty: the part is kept in bulk');
  if (unitId !== null && (quantity ?? 1) !== 1) return trouble('quantity', 'must be 1: it is one unit');
  if (location !== null && placeId === null) {
    return trouble('location', `there is no location "${location}": bring the locations in first`);
  }
  return [];
}

const wrong = (field: string, message: string): CheckoutJudgement => ({
  isThere: false,
  problems: [{ field, message }],
});
