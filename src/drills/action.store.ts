import type { Queryable, Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { type ChangedAction, tellAction } from './drill-notice.ts';
import type { DrillRun, Target } from './run.ts';

/** What an action is about: the run itself, what was not there, its clean-up, or one target. */
export type ActionSubject = 'run' | 'availability' | 'cleanup' | Target;

/** Something that a run found to be put right. */
export interface Shortcoming {
  readonly subject: ActionSubject;
  readonly summary: string;
}

/** Who must see to it, and when it is due. */
export interface ActionOwner {
  readonly id: string | null;
  readonly name: string;
  readonly dueDays: number;
}

/**
 * Opens an action for each shortcoming. While one about the same thing is open it stays as it is, due date included:
 * failing again does not buy time. Only its last sighting moves.
 */
export async function openActions(
  tx: Tx,
  run: Pick<DrillRun, 'id' | 'drill' | 'service'>,
  owner: ActionOwner,
  shortcomings: readonly Shortcoming[],
): Promise<void> {
  for (const { subject, summary } of shortcomings) {
    const [action] = await tx.rows<ChangedAction & { isNew: boolean }>(
      `INSERT INTO drill_action (id, drill, service, subject, summary, owner_id, owner_name, due_at, opened_by_run, last_seen_run)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8), $9, $9)
       ON CONFLICT (drill, subject) WHERE closed_at IS NULL
       DO UPDATE SET last_seen_run = excluded.last_seen_run, version = drill_action.version + 1
       RETURNING ${CHANGED}, opened_by_run = $9 AS "isNew"`,
      [newId(), run.drill, run.service, subject, summary, owner.id, owner.name, owner.dueDays, run.id],
    );
    if (action?.isNew) await tellAction(tx, 'opened', run, action);
  }
}

const CHANGED = 'id, subject, summary, owner_id AS "ownerId", due_at AS "dueAt"';

/** Closes the open actions of a drill about things that this run did well. */
export async function closeActions(
  tx: Tx,
  run: Pick<DrillRun, 'id' | 'drill' | 'service'>,
  subjects: readonly ActionSubject[],
): Promise<void> {
  const closed = await tx.rows<ChangedAction>(
    `UPDATE drill_action SET closed_at = now(), closed_by_run = $1, version = version + 1
      WHERE drill = $2 AND closed_at IS NULL AND subject = ANY ($3::text[])
      RETURNING ${CHANGED}`,
    [run.id, run.drill, subjects],
  );
  for (const action of closed) await tellAction(tx, 'closed', run, action);
}

/** An action as one run saw it. */
export interface TouchedAction {
  readonly subject: ActionSubject;
  readonly summary: string;
  readonly ownerName: string;
  readonly dueAt: Date;
  readonly state: 'opened' | 'still open' | 'closed';
}

/** The actions of a run's drill that it opened, met again, or closed, and those that stay open besides. */
export async function actionsTouchedBy(db: Queryable, run: Pick<DrillRun, 'id' | 'drill'>): Promise<TouchedAction[]> {
  return db.rows<TouchedAction>(
    `SELECT subject, summary, owner_name AS "ownerName", due_at AS "dueAt",
            CASE WHEN closed_by_run = $1 THEN 'closed' WHEN opened_by_run = $1 THEN 'opened' ELSE 'still open' END AS state
       FROM drill_action
      WHERE drill = $2 AND (closed_by_run = $1 OR opened_by_run = $1 OR closed_at IS NULL)
      ORDER BY created_at, subject`,
    [run.id, run.drill],
  );
}
