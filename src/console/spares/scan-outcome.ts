import type { BasketLine, DeskMode, PartName, ReturnLine } from './desk.ts';
import type { Allocation, Scan, ScanMatch, UnitState } from './words.ts';

type ScannedUnit = Extract<ScanMatch, { kind: 'unit' }>['unit'];

/** Why a scan is not taken; the page says it in words. */
export type ScanRefusal =
  | { readonly why: 'isOut' | 'isHeld'; readonly who: string; readonly code: string; readonly until: string | null }
  | { readonly why: 'unusable'; readonly state: UnitState }
  | { readonly why: 'notOut' }
  | { readonly why: 'emptyPlace' }
  | { readonly why: 'isAllocation'; readonly code: string }
  | { readonly why: 'nothingOut'; readonly code: string };

/** What a scan means at the desk. */
export type ScanOutcome =
  | { readonly kind: 'take'; readonly line: BasketLine; readonly promisedTo: string | null }
  | { readonly kind: 'return'; readonly lines: readonly ReturnLine[] }
  | { readonly kind: 'place'; readonly place: { readonly id: string; readonly code: string } }
  | { readonly kind: 'choose'; readonly lines: readonly BasketLine[] }
  | {
      readonly kind: 'refused';
      readonly refusal: ScanRefusal;
      /** The part whose other pieces or substitutes would do instead. */
      readonly part: PartName | null;
      readonly unitId?: string;
      readonly allocation: Pick<Allocation, 'id' | 'form'> | null;
    };

/** What a scanned code means while something is handed out. */
function takenBy({ matches }: Scan): ScanOutcome {
  const units = matches.flatMap((match) => (match.kind === 'unit' ? [match.unit] : []));
  const free = units.filter((unit) => unit.isUsable && !unit.lines.some(({ isNow }) => isNow));
  const [first, ...others] = free;
  if (first && others.length === 0) {
    return { kind: 'take', line: lineOfUnit(first), promisedTo: first.lines[0]?.holder.name ?? null };
  }
  if (first) return { kind: 'choose', lines: free.map(lineOfUnit) };
  const [unit] = units;
  if (unit) return refusalOfUnit(unit);
  for (const match of matches) {
    if (match.kind === 'location') return chosenAt(match.location);
    if (match.kind === 'allocation') {
      const { id, form, code } = match.allocation;
      return refused({ why: 'isAllocation', code }, null, { id, form });
    }
  }
  return refused({ why: 'emptyPlace' });
}

/** What a scanned code means while something comes back: a unit that is out, everything of a check-out, or where it is put. */
function broughtBackBy({ matches }: Scan): ScanOutcome {
  const lines = matches.flatMap((match) => {
    if (match.kind === 'unit') return returnOfUnit(match.unit);
    return match.kind === 'allocation' ? returnsOfAllocation(match.allocation) : [];
  });
  if (lines.length > 0) return { kind: 'return', lines };
  for (const match of matches) {
    if (match.kind === 'location') {
      return { kind: 'place', place: { id: match.location.id, code: match.location.code } };
    }
    if (match.kind === 'allocation') return refused({ why: 'nothingOut', code: match.allocation.code });
  }
  return refused({ why: 'notOut' });
}

/** What a scan means in a mode; a swap first wants what comes back, then what goes out for it. */
export function meaningOf(scan: Scan, mode: DeskMode, hasBack: boolean): ScanOutcome {
  return mode === 'take' || (mode === 'swap' && hasBack) ? takenBy(scan) : broughtBackBy(scan);
}

const refused = (
  refusal: ScanRefusal,
  part: PartName | null = null,
  allocation: Pick<Allocation, 'id' | 'form'> | null = null,
): Extract<ScanOutcome, { kind: 'refused' }> => ({ kind: 'refused', refusal, part, allocation });

const lineOfUnit = ({ id, serial, part }: ScannedUnit): BasketLine => ({ kind: 'unit', unitId: id, serial, part });

function refusalOfUnit({ id, state, part, lines }: ScannedUnit): ScanOutcome {
  const now = lines.find(({ isNow }) => isNow);
  if (!now) return { ...refused({ why: 'unusable', state: state as UnitState }, part), unitId: id };
  const { holder, allocation, until } = now;
  const why = now.state === 'issued' ? 'isOut' : 'isHeld';
  return { ...refused({ why, who: holder.name, code: allocation.code, until }, part, allocation), unitId: id };
}

function chosenAt({
  id,
  code,
  parts,
}: {
  readonly id: string;
  readonly code: string;
  readonly parts: readonly PartName[];
}): ScanOutcome {
  const lines = parts.map(
    (part): BasketLine => ({
      kind: 'part',
      part: { id: part.id, partNumber: part.partNumber, name: part.name },
      quantity: 1,
      place: { id, code },
    }),
  );
  return lines.length > 0 ? { kind: 'choose', lines } : refused({ why: 'emptyPlace' });
}

function returnOfUnit({ serial, lines }: ScannedUnit): ReturnLine[] {
  const out = lines.find(({ state }) => state === 'issued');
  if (!out) return [];
  const { id, code } = out.allocation;
  return [{ ...BACK, lineId: out.lineId, allocation: { id, code }, holder: out.holder, what: serial }];
}

function returnsOfAllocation({ id, code, holder, lines }: Allocation): ReturnLine[] {
  return lines
    .filter(({ state }) => state === 'issued')
    .map((line) => ({
      ...BACK,
      lineId: line.id,
      allocation: { id, code },
      holder,
      what: line.unit?.serial ?? line.part?.partNumber ?? line.entitlement?.name ?? '',
      out: line.quantity,
      quantity: line.quantity,
    }));
}

/** One piece that comes back as it went. */
const BACK = { out: 1, quantity: 1, condition: 'good', note: '' } as const;
