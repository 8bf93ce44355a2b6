import { AppError, type FieldProblem } from '../kernel/errors.ts';
import type { NamedUnit, WishFacts } from './allocate.queries.ts';
import type { PlainWish, WishLine } from './checkout-request.ts';
import type { FitOption, Want } from './pick.ts';

/** How failed devices can be replaced, by model: what fits, and what fits under conditions that were not accepted. */
export interface ModelFits {
  readonly options: readonly FitOption[];
  readonly notAccepted: readonly { readonly partId: string; readonly conditions: readonly string[] }[];
}

/**
 * The lines of a wish as ids of what they may take from. All lines that name nothing, or several things, are said at once.
 * `origins` has the place of each line among those that the caller stated.
 * @throws AppError `unprocessable` `unknown-line`, `assignee-needed`, `one-seat-each`, `named-twice`; `conflict`
 *   `ambiguous-serial`, which lists the parts.
 */
export function resolveLines(
  wish: PlainWish,
  facts: WishFacts,
  fits: ReadonlyMap<string, ModelFits>,
  origins: readonly number[],
): readonly Want[] {
  const wrong: LineProblem[] = [];
  const wants = wish.lines.flatMap((line, index): Want[] => {
    const found = resolveLine(line, origins[index] ?? index, { wish, facts, fits });
    if ('code' in found) wrong.push(found);
    return 'code' in found ? [] : [found];
  });
  wrong.push(...namedTwice(wants));
  const [first] = wrong;
  if (first) {
    const fields = wrong.map(({ field, message }): FieldProblem => ({ field, message }));
    const kind = wrong.every(({ code }) => code === 'ambiguous-serial') ? 'conflict' : 'unprocessable';
    const said = wrong.map(({ position, message }) => `line ${position + 1}: ${message}`).join('; ');
    throw new AppError(kind, first.code, `Nothing was taken: ${said}`, { fields });
  }
  return wants;
}

/** As many units as one line picks: each is a line of its own. */
const UNITS_MAX = 1000;

interface LineProblem extends FieldProblem {
  readonly code: string;
  readonly position: number;
}

interface Context {
  readonly wish: PlainWish;
  readonly facts: WishFacts;
  readonly fits: ReadonlyMap<string, ModelFits>;
}

function problem(position: number, key: string, message: string, code = 'unknown-line'): LineProblem {
  return { code, position, field: `#/lines/${position}${key && `/${key}`}`, message };
}

function resolveLine(line: WishLine, position: number, context: Context): Want | LineProblem {
  const { facts } = context;
  if ('unitId' in line)
    return oneUnit(
      position,
      'unitId',
      line.unitId,
      unitsOf(facts, (unit) => unit.id === line.unitId),
    );
  if ('assetTag' in line) {
    const key = line.assetTag.toLowerCase();
    return oneUnit(
      position,
      'assetTag',
      line.assetTag,
      unitsOf(facts, (unit) => unit.assetTagKey === key),
    );
  }
  if ('serial' in line) {
    const key = line.serial.toLowerCase();
    const isOne = (unit: NamedUnit) => unit.serialKey === key && (!line.partId || unit.partId === line.partId);
    return oneUnit(position, 'serial', line.serial, unitsOf(facts, isOne));
  }
  if ('stockId' in line) {
    const row = facts.stock.find(({ id }) => id === line.stockId);
    if (!row) return problem(position, 'stockId', `there is no stock row ${line.stockId}`);
    return { kind: 'stock', position, quantity: line.quantity, partId: row.partId, stockId: row.id };
  }
  if ('partId' in line) {
    const part = facts.parts.find(({ id }) => id === line.partId);
    if (!part) return problem(position, 'partId', `there is no part ${line.partId}`);
    if (part.tracking === 'serial' && line.quantity > UNITS_MAX) {
      return problem(position, 'quantity', `at most ${UNITS_MAX} units go at once`, 'too-many-lines');
    }
    if (line.locationId !== undefined && !facts.locations.includes(line.locationId)) {
      return problem(position, 'locationId', `there is no location ${line.locationId}`);
    }
    const { partId, quantity, locationId = null } = line;
    return { kind: 'part', position, quantity, partId, locationId, tracking: part.tracking };
  }
  if ('deviceModelId' in line) return device(line, position, context);
  return seats(line, position, context);
}

const unitsOf = (facts: WishFacts, isOne: (unit: NamedUnit) => boolean) => facts.units.filter(isOne);

function oneUnit(position: number, key: string, named: string, found: readonly NamedUnit[]): Want | LineProblem {
  const [unit, another] = found;
  if (!unit) return problem(position, key, `there is no unit ${named}`);
  if (another) {
    const parts = found.map(({ manufacturer, partNumber, partId }) => `${manufacturer} ${partNumber} (${partId})`);
    const message = `${found.length} parts have a unit with the serial ${named}: name one by partId: ${parts.join(', ')}`;
    return problem(position, key, message, 'ambiguous-serial');
  }
  return { kind: 'unit', position, quantity: 1, partId: unit.partId, unitId: unit.id };
}

type LineWith<Key extends string> = Extract<WishLine, Record<Key, unknown>>;

function device(line: LineWith<'deviceModelId'>, position: number, { facts, fits }: Context): Want | LineProblem {
  const model = facts.deviceModels.find(({ id }) => id === line.deviceModelId);
  if (!model) return problem(position, 'deviceModelId', `there is no device model ${line.deviceModelId}`);
  const { options } = fits.get(fitsKey(line)) ?? { options: [] };
  return { kind: 'fit', position, quantity: line.quantity, deviceModelId: model.id, options };
}

/** Under which the fits of a line are kept: they depend on whether conditions are accepted. */
export function fitsKey(line: {
  readonly deviceModelId: string;
  readonly acceptConditions?: boolean | undefined;
}): string {
  return `${line.deviceModelId}/${line.acceptConditions === true}`;
}

function seats(
  line: LineWith<'entitlementId'> | LineWith<'productId'>,
  position: number,
  { wish, facts }: Context,
): Want | LineProblem {
  const isOne = (entitlement: WishFacts['entitlements'][number]) =>
    'entitlementId' in line ? entitlement.id === line.entitlementId : entitlement.productId === line.productId;
  const found = facts.entitlements.filter(isOne);
  if ('entitlementId' in line && found.length === 0) {
    return problem(position, 'entitlementId', `there is no entitlement ${line.entitlementId}`);
  }
  if ('productId' in line && !facts.products.includes(line.productId)) {
    return problem(position, 'productId', `there is no licence product ${line.productId}`);
  }
  const needsName = found.some(({ metric }) => metric === 'named-user');
  const assignee = line.assignee ?? (needsName && wish.holder.kind === 'person' ? (facts.holder?.name ?? null) : null);
  if (assignee === null && found.some(({ metric }) => metric === 'named-user' || metric === 'device')) {
    const message = `${needsName ? 'a seat of a named user' : 'a seat of a device'} needs the one who sits on it`;
    return problem(position, 'assignee', message, 'assignee-needed');
  }
  if (needsName && line.quantity > 1) {
    return problem(position, 'quantity', 'one user has one seat: write a line for each', 'one-seat-each');
  }
  return { kind: 'seat', position, quantity: line.quantity, entitlementIds: found.map(({ id }) => id), assignee };
}

/** A unit is there once, so that a second line for it asks for nothing that could be. */
function namedTwice(wants: readonly Want[]): LineProblem[] {
  const first = new Map<string, number>();
  return wants.flatMap((want) => {
    if (want.kind !== 'unit') return [];
    const before = first.get(want.unitId);
    if (before === undefined) {
      first.set(want.unitId, want.position);
      return [];
    }
    return [problem(want.position, '', `names the same unit as line ${before + 1}`, 'named-twice')];
  });
}
