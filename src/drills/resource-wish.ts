import type { WishLine } from '../allocations/checkout-request.ts';
import { entitlementsToday } from '../allocations/entitlements-today.queries.ts';
import { scannedUnits } from '../allocations/scan.queries.ts';
import type { Queryable } from '../database/database.ts';
import { deviceModelsMatching } from '../inventory/device-model-match.queries.ts';
import { locationsOfCodes } from '../inventory/location.queries.ts';
import { partsMatching } from '../inventory/part.queries.ts';
import { entitlementById } from '../licences/entitlement.queries.ts';
import { productsMatching } from '../licences/product.queries.ts';
import { statedRequirements } from '../services/coverage.queries.ts';
import type { DrillResources } from './definition-resources.ts';
import type { HoldingKind } from './holding.ts';

/** One thing that a run needs: how it is asked of the pool, or why nobody knows what is meant. */
export interface Wanted {
  readonly kind: HoldingKind;
  /** As people read it: `2 of PSU-750W`. */
  readonly wanted: string;
  readonly quantity: number;
  /** Several lines where each seat needs somebody of its own. */
  readonly lines: readonly WishLine[];
  /** Why there are no lines. */
  readonly problem: string | null;
}

interface Context {
  readonly drill: string;
  readonly serviceId: string;
}

/**
 * Everything that a run has to hold, as the pool is asked for it: what the register says of the service, where the definition
 * wants that, and what the definition names itself. What names nothing, or several things, is told and not asked for.
 */
export async function wantedThings(db: Queryable, resources: DrillResources, context: Context): Promise<Wanted[]> {
  const stated = resources.ofService ? await statedRequirements(db, [context.serviceId]) : { spares: [], seats: [] };
  const wanted: Wanted[] = [];
  for (const { text, quantity } of stated.spares) wanted.push(await spare(db, { part: text, quantity }));
  for (const { text, quantity } of stated.seats) wanted.push(await seats(db, { product: text, quantity }, context));
  for (const line of resources.spares) wanted.push(await spare(db, line));
  for (const line of resources.seats) wanted.push(await seats(db, line, context));
  return wanted;
}

type SpareLine = DrillResources['spares'][number];

function spare(db: Queryable, line: SpareLine): Promise<Wanted> {
  if ('unit' in line) return oneUnit(db, line.unit);
  return 'part' in line ? pieces(db, line) : replacements(db, line);
}

async function pieces(db: Queryable, line: Extract<SpareLine, { part: string }>): Promise<Wanted> {
  const { part: text, quantity, from } = line;
  const found = await partsMatching(db, text);
  const [part] = found;
  const head = {
    kind: part?.tracking === 'bulk' ? 'stock' : 'unit',
    wanted: `${quantity} of ${text}`,
    quantity,
  } as const;
  if (!part || found.length > 1) return { ...head, lines: [], problem: meansNot('part', found.length) };
  if (from === undefined) return { ...head, lines: [{ partId: part.id, quantity }], problem: null };
  const [place] = await locationsOfCodes(db, [from]);
  if (!place) return { ...head, lines: [], problem: `no location has the code ${from}` };
  return { ...head, lines: [{ partId: part.id, quantity, locationId: place.id }], problem: null };
}

async function oneUnit(db: Queryable, text: string): Promise<Wanted> {
  const found = await scannedUnits(db, text);
  const [unit] = found;
  const head = { kind: 'unit', wanted: `unit ${text}`, quantity: 1 } as const;
  if (!unit || found.length > 1) return { ...head, lines: [], problem: meansNot('unit', found.length) };
  return { ...head, lines: [{ unitId: unit.id }], problem: null };
}

async function replacements(db: Queryable, line: Extract<SpareLine, { deviceModel: string }>): Promise<Wanted> {
  const { deviceModel: text, quantity, acceptConditions } = line;
  const found = await deviceModelsMatching(db, text);
  const [model] = found;
  const head = { kind: 'unit', wanted: `${quantity} in the place of ${text}`, quantity } as const;
  if (!model || found.length > 1) return { ...head, lines: [], problem: meansNot('device model', found.length) };
  return { ...head, lines: [{ deviceModelId: model.id, quantity, acceptConditions }], problem: null };
}

type SeatLine = Pick<DrillResources['seats'][number], 'product' | 'quantity' | 'assignee'>;

async function seats(db: Queryable, line: SeatLine, { drill }: Context): Promise<Wanted> {
  const { product: text, quantity } = line;
  const found = await productsMatching(db, text);
  const [product] = found;
  const head = {
    kind: 'seat',
    wanted: `${quantity} ${quantity === 1 ? 'seat' : 'seats'} of ${text}`,
    quantity,
  } as const;
  if (!product || found.length > 1) return { ...head, lines: [], problem: meansNot('licensed product', found.length) };
  const assignee = line.assignee ?? `drill ${drill}`;
  const productId = product.id;
  if (!(await hasNamedUsers(db, productId))) {
    return { ...head, lines: [{ productId, quantity, assignee }], problem: null };
  }
  const lines = Array.from({ length: quantity }, (_, index) => ({
    productId,
    quantity: 1,
    assignee: quantity === 1 ? assignee : `${assignee} ${index + 1}`,
  }));
  return { ...head, lines, problem: null };
}

/** One user has one seat: such seats are asked for one by one. */
async function hasNamedUsers(db: Queryable, productId: string): Promise<boolean> {
  for (const id of await entitlementsToday(db, [productId])) {
    if ((await entitlementById(db, id)).metric === 'named-user') return true;
  }
  return false;
}

function meansNot(what: string, count: number): string {
  return count === 0 ? `there is no such ${what}` : `several things are called that: name one ${what} exactly`;
}
