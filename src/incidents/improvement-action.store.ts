import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { ActionOrigin, NewAction } from './improvement-action.ts';

export async function insertAction(
  tx: Tx,
  action: NewAction & { readonly id: string; readonly origin: ActionOrigin; readonly openedBy: string },
): Promise<void> {
  const { id, origin, title, note, ownerId, dueAt, openedBy } = action;
  await tx.execute(
    `INSERT INTO improvement_action (id, source_kind, source_id, title, note, owner_id, due_at, opened_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, origin.kind, origin.id, title, note, ownerId, dateOf(dueAt), openedBy],
  );
}

/** What of an action can change. */
interface ActionColumns {
  readonly title: string;
  readonly note: string;
  readonly ownerId: string;
  readonly dueAt: Date;
}

/**
 * Reads an open action, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-action`; `stale` `stale-action`; `conflict` `action-of-drill`, `action-ended`.
 */
export async function lockAction(tx: Tx, id: string, expectedVersion: number): Promise<ActionColumns> {
  const [found] = await tx.rows<ActionColumns & { readonly state: string; readonly version: number }>(
    `SELECT title, note, owner_id AS "ownerId", due_at AS "dueAt", state, version
     FROM improvement_action WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw await whyNot(tx, id);
  const { state, version, ...columns } = found;
  if (version !== expectedVersion) {
    const message = `The action is at version ${version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-action', message);
  }
  if (state !== 'open') throw new AppError('conflict', 'action-ended', `The action is ${state}: it stays as it is`);
  return columns;
}

async function whyNot(tx: Tx, id: string): Promise<AppError> {
  const ofDrill = await tx.rows('SELECT FROM drill_action WHERE id = $1', [id]);
  if (ofDrill.length === 0) return noSuchAction(id);
  const message = 'The action is of a drill: it closes when a run of the drill shows that it is put right';
  return new AppError('conflict', 'action-of-drill', message);
}

export const noSuchAction = (id: string) => new AppError('not-found', 'no-such-action', `There is no action ${id}`);

/** Writes the columns and counts the version up. The caller holds the row. */
export async function updateAction(tx: Tx, id: string, { title, note, ownerId, dueAt }: ActionColumns): Promise<void> {
  await tx.execute(
    `UPDATE improvement_action SET title = $2, note = $3, owner_id = $4, due_at = $5, version = version + 1 WHERE id = $1`,
    [id, title, note, ownerId, dueAt],
  );
}

/** Ends an action that the caller holds. */
export async function endAction(
  tx: Tx,
  id: string,
  end: { readonly state: 'done' | 'dropped'; readonly outcome: string; readonly endedBy: string },
): Promise<void> {
  await tx.execute(
    `UPDATE improvement_action SET state = $2, outcome = $3, ended_by = $4, ended_at = clock_timestamp(),
       version = version + 1 WHERE id = $1`,
    [id, end.state, end.outcome, end.endedBy],
  );
}
