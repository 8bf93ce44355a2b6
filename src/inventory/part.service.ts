import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner, type Owner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { AppError, type FieldProblem } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type CatalogueTarget, PART_TABLE } from './catalogue-row.store.ts';
import { holdCategoryFields } from './category.queries.ts';
import { type CustomValues, customProblems } from './custom-field.ts';
import { holdingsOfPart, partById } from './part.queries.ts';
import { insertPart, setLocationReserves, setTestDueDates, updatePartRow } from './part.store.ts';
import { type NewPart, type Part, type PartChange, partContradictions } from './part.ts';
import { holdLocations } from './stock-place.store.ts';

/**
 * Adds a part to the catalogue.
 * @throws AppError `conflict` `part-number-taken`; `unprocessable` `contradictory-part`, `custom-values-invalid`,
 *   `unsuitable-category`, `unsuitable-owner`, `unsuitable-location`.
 */
export async function createPart(tx: Tx, caller: Caller, wanted: NewPart): Promise<Part> {
  requireConsistent(partContradictions(wanted));
  await requireCustomValues(tx, wanted.categoryId, wanted.custom);
  const owner = await ownerOf(tx, wanted.ownerId);
  const id = newId();
  await insertPart(tx, id, wanted, owner);
  await replaceLocationReserves(tx, id, wanted.locationReserves);
  await record(tx, caller, 'part.create', id, wanted);
  return partById(tx, id);
}

/**
 * Changes a part: what the change names replaces what was there. The part's row, which is the lock of its pool, is held
 * first, so that nothing is taken under an older reserve. Another test interval moves the due date of all its units.
 * @throws AppError `not-found`, `stale`; `conflict` `part-retired`, `part-number-taken`; `unprocessable` as for a new one.
 */
export async function updatePart(tx: Tx, caller: Caller, target: CatalogueTarget, change: PartChange): Promise<Part> {
  const { id } = target;
  await lockRetirable(tx, PART_TABLE, target);
  const before = await partById(tx, id);
  requireConsistent(partContradictions({ ...before, ...stated(change) }));
  if (change.categoryId !== undefined || change.custom !== undefined) {
    await requireCustomValues(tx, change.categoryId ?? before.category.id, change.custom ?? before.custom);
  }
  const owner = change.ownerId === undefined ? undefined : await ownerOf(tx, change.ownerId);
  await updatePartRow(tx, id, change, owner);
  if (change.locationReserves) await replaceLocationReserves(tx, id, change.locationReserves);
  if (change.testIntervalDays !== undefined) await setTestDueDates(tx, id, change.testIntervalDays);
  await record(tx, caller, 'part.update', id, change);
  return partById(tx, id);
}

/**
 * Takes a part out of use for good. It stays readable, because the ledger names it; its number stays taken.
 * @throws AppError `not-found`, `stale`; `conflict` `part-retired`, or `part-in-stock`, which says which pieces there are.
 */
export async function retirePart(tx: Tx, caller: Caller, target: CatalogueTarget, reason: string): Promise<Part> {
  const title = await lockRetirable(tx, PART_TABLE, target);
  await requireNoPieces(tx, target.id, title);
  await retireRow(tx, PART_TABLE, target.id, reason);
  await record(tx, caller, 'part.retire', target.id, { title, reason });
  return partById(tx, target.id);
}

async function ownerOf(tx: Tx, ownerId: string | null): Promise<Owner | null> {
  return ownerId === null ? null : holdOwner(tx, ownerId, '#/ownerId');
}

/** The fields that a change states. */
function stated(change: PartChange): Partial<Part> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function requireConsistent(fields: readonly FieldProblem[]): void {
  const [first] = fields;
  if (!first) return;
  throw new AppError('unprocessable', 'contradictory-part', `The part contradicts itself: ${said(first)}`, { fields });
}

async function requireCustomValues(tx: Tx, categoryId: string, custom: CustomValues): Promise<void> {
  const fields = customProblems(await holdCategoryFields(tx, categoryId), custom);
  const [first] = fields;
  if (!first) return;
  throw new AppError(
    'unprocessable',
    'custom-values-invalid',
    `The custom values are not what the category asks for: ${said(first)}`,
    { fields },
  );
}

function said({ field, message }: FieldProblem): string {
  return `${field} ${message}`;
}

async function replaceLocationReserves(tx: Tx, id: string, reserves: NewPart['locationReserves']): Promise<void> {
  await holdLocations(
    tx,
    reserves.map(({ locationId }, index) => ({ locationId, field: `#/locationReserves/${index}/locationId` })),
  );
  await setLocationReserves(tx, id, reserves);
}

/** As many pieces as a message can name. */
const NAMED_MAX = 5;

async function requireNoPieces(tx: Tx, id: string, title: string): Promise<void> {
  const { units, stock, issuedQuantity } = await holdingsOfPart(tx, id, NAMED_MAX + 1);
  const pieces = [
    ...units.map(({ serial, state, place }) => `${serial} (${state.replace('_', ' ')}${place ? ` at ${place}` : ''})`),
    ...stock.map(({ quantity, place }) => `${quantity} at ${place}`),
    ...(issuedQuantity > 0 ? [`${issuedQuantity} issued`] : []),
  ];
  if (pieces.length === 0) return;
  const more = pieces.length > NAMED_MAX ? ' and more' : '';
  throw new AppError(
    'conflict',
    'part-in-stock',
    `${title} cannot be retired while there are pieces of it: ${pieces.slice(0, NAMED_MAX).join(', ')}${more}`,
  );
}

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, { ...originOf(caller), action, subjectKind: 'part', subjectId, details: { ...details } });
}
