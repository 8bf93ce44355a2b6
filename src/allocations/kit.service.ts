import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { kitById } from './kit.queries.ts';
import { insertKit, lockKit, retireKitRow, setKitLines, updateKitRow } from './kit.store.ts';
import type { Kit, KitChange, NewKit } from './kit.ts';

/** Which kit is to change, and the version of it that the caller has read. */
export interface KitTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** @throws AppError `conflict` `kit-name-taken`; `unprocessable` `unsuitable-kit-line`. */
export async function createKit(tx: Tx, caller: Caller, wanted: NewKit): Promise<Kit> {
  const id = newId();
  await insertKit(tx, id, wanted);
  await setKitLines(tx, id, wanted.lines);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'kit.create',
    subjectKind: 'kit',
    subjectId: id,
    details: wanted,
  });
  return kitById(tx, id);
}

/**
 * Changes a kit: what the change names replaces what was there, the lines as a whole. What went out before stays as it is.
 * @throws AppError `not-found`, `stale`; `conflict` `kit-retired`, `kit-name-taken`; `unprocessable` `unsuitable-kit-line`.
 */
export async function changeKit(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: KitTarget,
  change: KitChange,
): Promise<Kit> {
  const before = await lockKit(tx, id, expectedVersion);
  await updateKitRow(tx, id, { name: change.name ?? before.name, note: change.note ?? before.note });
  if (change.lines) await setKitLines(tx, id, change.lines);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'kit.change',
    subjectKind: 'kit',
    subjectId: id,
    details: change,
  });
  return kitById(tx, id);
}

/** Takes a kit out of use for good; it stays readable. @throws AppError `not-found`, `stale`; `conflict` `kit-retired`. */
export async function retireKit(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: KitTarget,
  reason: string,
): Promise<Kit> {
  const { name } = await lockKit(tx, id, expectedVersion);
  await retireKitRow(tx, id, reason);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'kit.retire',
    subjectKind: 'kit',
    subjectId: id,
    details: { name, reason },
  });
  return kitById(tx, id);
}
