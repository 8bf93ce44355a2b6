import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Database, Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { postNotice } from '../notices/notice.store.ts';
import { actionById, untoldOverdueActions } from './improvement-action.queries.ts';
import { endAction, insertAction, lockAction, updateAction } from './improvement-action.store.ts';
import type { Action, ActionChange, ActionOrigin, NewAction } from './improvement-action.ts';

/** Which action is to change, and the version of it that the caller has read. */
interface ActionTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Opens an action; its owner is told.
 * @throws AppError `unprocessable` `unsuitable-owner`, `due-in-past`.
 */
export async function openAction(tx: Tx, caller: Caller, origin: ActionOrigin, wanted: NewAction): Promise<Action> {
  await holdOwner(tx, wanted.ownerId, '#/ownerId');
  await requireFuture(tx, wanted.dueAt);
  const id = newId();
  await insertAction(tx, { ...wanted, id, origin, openedBy: caller.principal.id });
  const { title, ownerId } = wanted;
  await record(tx, caller, 'open', id, { source: origin, title, ownerId, dueAt: wanted.dueAt.toString() });
  return told(tx, id);
}

/**
 * Changes an open action: what the change names replaces what was there. A new owner is told.
 * @throws AppError `not-found`, `stale`; `conflict` `action-of-drill`, `action-ended`; `unprocessable` `unsuitable-owner`,
 *   `due-in-past`.
 */
export async function changeAction(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ActionTarget,
  { dueAt, ...change }: ActionChange,
): Promise<Action> {
  const before = await lockAction(tx, id, expectedVersion);
  if (change.ownerId !== undefined) await holdOwner(tx, change.ownerId, '#/ownerId');
  if (dueAt !== undefined) await requireFuture(tx, dueAt);
  const after = {
    title: change.title ?? before.title,
    note: change.note ?? before.note,
    ownerId: change.ownerId ?? before.ownerId,
    dueAt: dueAt === undefined ? before.dueAt : dateOf(dueAt),
  };
  await updateAction(tx, id, after);
  const moved = dueAt && { dueAt: dueAt.toString(), dueBefore: before.dueAt.toISOString() };
  await record(tx, caller, 'change', id, { ...change, ...moved });
  return after.ownerId === before.ownerId ? actionById(tx, id) : told(tx, id);
}

/**
 * Ends an open action: it is done, with what shows it, or dropped, with why.
 * @throws AppError `not-found`, `stale`; `conflict` `action-of-drill`, `action-ended`.
 */
export async function closeAction(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ActionTarget,
  { state, outcome }: { readonly state: 'done' | 'dropped'; readonly outcome: string },
): Promise<Action> {
  await lockAction(tx, id, expectedVersion);
  await endAction(tx, id, { state, outcome, endedBy: caller.principal.id });
  await record(tx, caller, state === 'done' ? 'finish' : 'drop', id, { outcome });
  return actionById(tx, id);
}

/**
 * Tells the owners of overdue actions, of each due time once, however often and in however many processes it looks.
 * @returns how many notices are new.
 */
export async function tellOverdueActions(db: Database): Promise<number> {
  let notices = 0;
  for (const { id, title, ownerId, dueAt } of await untoldOverdueActions(db)) {
    const due = dueAt.toISOString();
    notices += await db.transaction((tx) =>
      postNotice(tx, {
        kind: 'improvement-action.overdue',
        recipients: [ownerId],
        subjectKind: 'improvement-action',
        subjectId: id,
        summary: `Overdue since ${due.slice(0, 10)}: ${title}`,
        details: { title, dueAt: due },
        onceKey: `improvement-action.overdue/${id}/${due}`,
      }),
    );
  }
  return notices;
}

/** Tells the owner that it is theirs. */
async function told(tx: Tx, id: string): Promise<Action> {
  const action = await actionById(tx, id);
  const { title, owner, version } = action;
  const dueAt = action.dueAt.toString();
  await postNotice(tx, {
    kind: 'improvement-action.assigned',
    recipients: owner.id === null ? [] : [owner.id],
    subjectKind: 'improvement-action',
    subjectId: id,
    summary: `To be put right by ${dueAt.slice(0, 10)}: ${title}`,
    details: { title, dueAt, source: action.source.kind },
    onceKey: `improvement-action.assigned/${id}/${version}`,
  });
  return action;
}

async function requireFuture(tx: Tx, dueAt: Temporal.Instant): Promise<void> {
  const now = Temporal.Instant.fromEpochMilliseconds(await databaseNowMs(tx));
  if (Temporal.Instant.compare(dueAt, now) > 0) return;
  throw new AppError('unprocessable', 'due-in-past', 'Nobody can be in time: dueAt has passed', {
    fields: [{ field: '#/dueAt', message: 'must lie in the future' }],
  });
}

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `improvement-action.${act}`,
    subjectKind: 'improvement-action',
    subjectId,
    details: { ...details },
  });
}
