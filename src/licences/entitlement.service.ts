import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { entitlementById, seatUsageOf } from './entitlement.queries.ts';
import {
  type EntitlementColumns,
  insertEntitlement,
  lockEntitlement,
  noSuchEntitlement,
  retireEntitlementRow,
  updateEntitlementRow,
} from './entitlement.store.ts';
import type { Entitlement, EntitlementChange, NewEntitlement } from './entitlement.ts';
import type { LicenceTarget } from './product.service.ts';
import { holdProduct } from './product.store.ts';
import { type SeatUsage, type SeatWarning, seatWarnings } from './seat-usage.ts';

/** An entitlement with how its seats stand. */
export interface EntitlementInUse {
  readonly entitlement: Entitlement;
  readonly usage: SeatUsage;
  /** What is wrong with its seats: more in use than it gives, a reserve that is not covered. */
  readonly warnings: readonly SeatWarning[];
}

/** One entitlement with how its seats stand now. @throws AppError `not-found`. */
export async function entitlementInUse(db: Queryable, id: string): Promise<EntitlementInUse> {
  const entitlement = await entitlementById(db, id);
  const usage = (await seatUsageOf(db, [id])).get(id);
  if (!usage) throw noSuchEntitlement(id);
  return { entitlement, usage, warnings: seatWarnings(usage) };
}

/**
 * Adds an entitlement.
 * @throws AppError `unprocessable` `unsuitable-product`, `unsuitable-owner`, `term-ends-before-start`.
 */
export async function createEntitlement(tx: Tx, caller: Caller, wanted: NewEntitlement): Promise<EntitlementInUse> {
  const { productId, ...decided } = wanted;
  const id = newId();
  await holdProduct(tx, productId);
  await insertEntitlement(tx, { id, productId, ...(await columnsOf(tx, decided)) });
  await recordAudit(tx, { ...originOf(caller), action: 'entitlement.create', ...subject(id), details: wanted });
  return entitlementInUse(tx, id);
}

/**
 * Changes an entitlement: what the change names replaces what was there. Fewer seats than are in use are taken as the truth
 * that they are: the answer's warnings, and the audit entry, say how many are too many.
 * @throws AppError `not-found`, `stale`; `conflict` `entitlement-retired`; `unprocessable` `unsuitable-owner`,
 *   `term-ends-before-start`.
 */
export async function updateEntitlement(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: LicenceTarget,
  change: EntitlementChange,
): Promise<EntitlementInUse> {
  // From here on nobody takes or frees a seat of it.
  await lockEntitlement(tx, id, expectedVersion);
  await updateEntitlementRow(tx, id, await columnsOf(tx, change));
  const changed = await entitlementInUse(tx, id);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'entitlement.update',
    ...subject(id),
    details: { ...change, ...(changed.warnings.length > 0 ? { warnings: changed.warnings } : {}) },
  });
  return changed;
}

/**
 * Takes an entitlement out of use for good. It stays readable, because evidence names it.
 * @throws AppError `not-found`, `stale`; `conflict` `entitlement-retired`, or `entitlement-in-use` while seats of it are
 *   handed out or promised.
 */
export async function retireEntitlement(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: LicenceTarget,
  reason: string,
): Promise<EntitlementInUse> {
  const { name } = await lockEntitlement(tx, id, expectedVersion);
  const { usage } = await entitlementInUse(tx, id);
  if (usage.usedPeak > 0) {
    throw new AppError(
      'conflict',
      'entitlement-in-use',
      `${usage.usedPeak} seats of ${name} are in use or promised (${usage.issued} handed out now): get them back first`,
    );
  }
  await retireEntitlementRow(tx, id, reason);
  const details = { name, reason };
  await recordAudit(tx, { ...originOf(caller), action: 'entitlement.retire', ...subject(id), details });
  return entitlementInUse(tx, id);
}

type Decided = Omit<NewEntitlement, 'productId'>;

function columnsOf(tx: Tx, decided: Decided): Promise<EntitlementColumns>;
function columnsOf(tx: Tx, decided: EntitlementChange): Promise<Partial<EntitlementColumns>>;
async function columnsOf(tx: Tx, decided: EntitlementChange): Promise<Partial<EntitlementColumns>> {
  const { cost, ownerId, overuse, ...columns } = decided;
  const stated: Partial<EntitlementColumns> = {};
  if (columns.endsOn !== undefined) stated.term = columns.endsOn === null ? 'perpetual' : 'term';
  if (cost !== undefined) Object.assign(stated, { cost: cost?.amount ?? null, currency: cost?.currency ?? null });
  if (ownerId !== undefined) {
    const owner = ownerId === null ? null : await holdOwner(tx, ownerId, '#/ownerId');
    Object.assign(stated, { ownerId: owner?.id ?? null, ownerKind: owner?.kind ?? null });
  }
  if (overuse !== undefined) {
    const percentMax = overuse.policy === 'allow' ? overuse.percentMax : 0;
    Object.assign(stated, { overuse: overuse.policy, overusePercentMax: percentMax });
  }
  const named = Object.entries({ ...columns, ...stated }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named);
}

const subject = (id: string) => ({ subjectKind: 'entitlement', subjectId: id });
