import { instantOfLocal } from '../parts/local-time.ts';
import type { Allocation, Condition, Holder, Purpose, Severity } from './words.ts';

/** What is done at the desk: handing out, taking back, or both at once. */
export const DESK_MODES = ['take', 'return', 'swap'] as const;
export type DeskMode = (typeof DESK_MODES)[number];

export interface PartName {
  readonly id: string;
  readonly partNumber: string;
  readonly name: string;
}

/** One thing in the basket: a certain unit, pieces of a part that the server picks, or whole kits. */
export type BasketLine =
  | { readonly kind: 'unit'; readonly unitId: string; readonly serial: string; readonly part: PartName }
  | {
      readonly kind: 'part';
      readonly part: PartName;
      readonly quantity: number;
      /** Taken from here first. */
      readonly place?: { readonly id: string; readonly code: string } | undefined;
    }
  | { readonly kind: 'kit'; readonly kitId: string; readonly name: string; readonly quantity: number };

/** One line of a check-out that comes back. */
export interface ReturnLine {
  readonly lineId: string;
  readonly allocation: { readonly id: string; readonly code: string };
  readonly holder: Holder;
  /** What it is: a serial or a part number. */
  readonly what: string;
  /** How many are out, and how many of them come back. */
  readonly out: number;
  readonly quantity: number;
  readonly condition: Condition;
  readonly note: string;
}

/** A request that was sent and whose answer is not known, so that the same one is asked again under the same key. */
interface Attempt {
  readonly key: string;
  /** What was asked, as text: another request is another attempt. */
  readonly body: string;
}

/** Everything that stands on the desk. It is kept while the tab is open. */
export interface Desk {
  readonly holder?: Holder | undefined;
  readonly service?: Holder | undefined;
  readonly purpose: Purpose;
  readonly severity: Severity;
  /** As a field for local time shows it; empty without a due date. */
  readonly dueAt: string;
  readonly note: string;
  readonly reserveReason: string;
  readonly reserveCase: string;
  readonly basket: readonly BasketLine[];
  readonly returns: readonly ReturnLine[];
  /** Where what comes back is put; where it came from, unless a location was scanned. */
  readonly putAt?: { readonly id: string; readonly code: string } | undefined;
  readonly swap: Swap;
  readonly attempts: Readonly<Record<string, Attempt>>;
}

/** What comes back and what goes out for it; `isBack` once the first half has happened. */
interface Swap {
  readonly back?: ReturnLine | undefined;
  readonly take?: BasketLine | undefined;
  readonly isBack: boolean;
}

export const EMPTY_DESK: Desk = {
  purpose: 'maintenance',
  severity: 'general',
  dueAt: '',
  note: '',
  reserveReason: '',
  reserveCase: '',
  basket: [],
  returns: [],
  swap: { isBack: false },
  attempts: {},
};

/** What names a line in the basket: no two lines have the same. */
export function keyOf(line: BasketLine): string {
  switch (line.kind) {
    case 'unit':
      return `unit ${line.unitId}`;
    case 'part':
      return `part ${line.part.id} ${line.place?.id ?? ''}`;
    case 'kit':
      return `kit ${line.kitId}`;
  }
}

/** How a line is called. */
export function nameOf(line: BasketLine): string {
  switch (line.kind) {
    case 'unit':
      return `${line.serial} · ${line.part.partNumber}`;
    case 'part':
      return line.place ? `${line.part.partNumber} · ${line.place.code}` : line.part.partNumber;
    case 'kit':
      return line.name;
  }
}

/** Puts something into the basket. Pieces of the same part and whole kits add up; a unit is there once. */
export function putInto(
  basket: readonly BasketLine[],
  line: BasketLine,
): { readonly basket: readonly BasketLine[]; readonly how: 'added' | 'more' | 'already' } {
  const there = basket.find((one) => keyOf(one) === keyOf(line));
  if (!there) return { basket: [...basket, line], how: 'added' };
  if (there.kind === 'unit' || line.kind === 'unit') return { basket, how: 'already' };
  return { basket: withQuantity(basket, there, there.quantity + line.quantity), how: 'more' };
}

/** Another quantity of a line of pieces or kits. */
export function withQuantity(basket: readonly BasketLine[], line: BasketLine, quantity: number): readonly BasketLine[] {
  return basket.map((one) => (one.kind !== 'unit' && keyOf(one) === keyOf(line) ? { ...one, quantity } : one));
}

export const without = (basket: readonly BasketLine[], line: BasketLine): readonly BasketLine[] =>
  basket.filter((one) => keyOf(one) !== keyOf(line));

/** Another thing in the place of a line that was refused. */
export function replaced(basket: readonly BasketLine[], line: BasketLine, by: BasketLine): readonly BasketLine[] {
  return putInto(without(basket, line), by).basket;
}

/** As the API takes it. */
interface CheckoutBody {
  readonly purpose: Purpose;
  readonly severity?: Severity;
  readonly holder: { readonly kind: Holder['kind']; readonly id: string };
  readonly serviceId?: string;
  readonly dueAt?: string;
  readonly note?: string;
  readonly reserve?: { readonly reason: string; readonly case: string };
  readonly lines: RequestLine[];
}
type RequestLine =
  | { readonly unitId: string }
  | { readonly partId: string; readonly quantity: number; readonly locationId?: string }
  | { readonly kitId: string; readonly quantity: number };

/** A line as a check-out asks for it. */
function requestLine(line: BasketLine): RequestLine {
  switch (line.kind) {
    case 'unit':
      return { unitId: line.unitId };
    case 'part':
      return {
        partId: line.part.id,
        quantity: line.quantity,
        ...(line.place ? { locationId: line.place.id } : {}),
      };
    case 'kit':
      return { kitId: line.kitId, quantity: line.quantity };
  }
}

export const hasSeverity = (purpose: Purpose): boolean => purpose === 'drill' || purpose === 'incident';

/** Only an incident of severity emergency may take from the reserve. */
export const mayAskForReserve = ({ purpose, severity }: Pick<Desk, 'purpose' | 'severity'>): boolean =>
  purpose === 'incident' && severity === 'emergency';

/** The check-out that the desk stands for; undefined while nobody is chosen or the basket is empty. */
export function checkoutOf(desk: Desk): CheckoutBody | undefined {
  const { holder, service, purpose, severity, basket } = desk;
  if (!holder || basket.length === 0) return undefined;
  const dueAt = instantOfLocal(desk.dueAt);
  const note = desk.note.trim();
  const reason = desk.reserveReason.trim();
  const emergency = desk.reserveCase.trim();
  return {
    purpose,
    ...(hasSeverity(purpose) ? { severity } : {}),
    holder: { kind: holder.kind, id: holder.id },
    ...(service ? { serviceId: service.id } : {}),
    ...(dueAt ? { dueAt } : {}),
    ...(note ? { note } : {}),
    ...(mayAskForReserve(desk) && reason && emergency ? { reserve: { reason, case: emergency } } : {}),
    lines: basket.map(requestLine),
  };
}

/**
 * The check-out of a swap: to the same holder as what comes back, for the same purpose and until the same time, unless that is
 * over.
 * @param lineId the line that comes back or has come back.
 */
export function swapCheckout(
  {
    holder,
    purpose,
    severity,
    service,
    lines,
  }: Pick<Allocation, 'holder' | 'purpose' | 'severity' | 'service' | 'lines'>,
  lineId: string,
  take: BasketLine,
  now: Date,
): CheckoutBody {
  const dueAt = lines.find(({ id }) => id === lineId)?.dueAt;
  return {
    purpose,
    ...(severity ? { severity } : {}),
    holder: { kind: holder.kind, id: holder.id },
    ...(service ? { serviceId: service.id } : {}),
    ...(dueAt && Date.parse(dueAt) > now.getTime() ? { dueAt } : {}),
    lines: [requestLine(take)],
  };
}

/** What comes back, check-out by check-out: the API takes each of them in a request of its own. */
export function returnsOf({ returns, putAt }: Pick<Desk, 'returns' | 'putAt'>) {
  const groups = Map.groupBy(returns, ({ allocation }) => allocation.id);
  return [...groups].map(([id, lines]) => ({
    id,
    code: lines[0]?.allocation.code ?? '',
    body: { lines: lines.map((line) => returnEntry(line, putAt?.id)) },
  }));
}

/** One entry of a return. What does not come back is put nowhere. */
export function returnEntry({ lineId, quantity, condition, note }: ReturnLine, locationId: string | undefined) {
  const comesBack = condition === 'good' || condition === 'damaged';
  return {
    lineId,
    quantity,
    condition,
    ...(comesBack && locationId ? { locationId } : {}),
    ...(note.trim() ? { note: note.trim() } : {}),
  };
}

/** The attempt to send a request: the one before when its answer is not known and it asked the same, else one with a new key. */
export function attemptOf(attempts: Desk['attempts'], slot: string, body: unknown, newKey: () => string): Attempt {
  const text = JSON.stringify(body);
  const before = attempts[slot];
  return before?.body === text ? before : { key: newKey(), body: text };
}

/** Which line of the request a field of a refusal names: `#/lines/2` is the third. */
export function lineOfField(field: string): number | undefined {
  const digits = /^#?\/?lines[/.](\d+)/.exec(field.replace(/^body\./, ''))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Why a request was refused, as short as it can be said aloud: the reason of its only refused line, else the whole; undefined
 * when several lines were refused, each of which has its own reason.
 */
export function spokenReason(
  message: string,
  fields: readonly { readonly field: string; readonly message: string }[],
): string | undefined {
  const [only, ...others] = fields.filter(({ field }) => lineOfField(field) !== undefined);
  return others.length > 0 ? undefined : (only?.message ?? message);
}

/** The desk as it was kept; an empty one where nothing was, or nothing that can be read. */
export function deskFrom(text: string | null): Desk {
  if (text === null) return EMPTY_DESK;
  try {
    const kept: unknown = JSON.parse(text);
    return typeof kept === 'object' && kept !== null ? { ...EMPTY_DESK, ...kept } : EMPTY_DESK;
  } catch {
    return EMPTY_DESK;
  }
}
