import type { Queryable } from '../database/database.ts';
import type { ActionSubject } from './action.store.ts';

/** Slots and actions that one look reads; what is left is for the next. */
const ROWS_MAX = 500;

/** A slot of a drill's schedule that nobody fired in time. */
export interface MissedSlot {
  readonly fireId: string;
  readonly scheduleId: string;
  readonly schedule: string;
  readonly slot: Date;
}

/**
 * The slots of these schedules that were missed in the last days, those first that were missed last, without those of which
 * somebody was told.
 */
export async function missedSlots(db: Queryable, schedules: readonly string[], days: number): Promise<MissedSlot[]> {
  return db.rows<MissedSlot>(
    `SELECT f.id AS "fireId", s.id AS "scheduleId", s.name AS schedule, f.slot
       FROM schedule s JOIN schedule_fire f ON f.schedule_id = s.id
      WHERE s.name = ANY ($1::text[]) AND f.state = 'missed' AND f.slot > clock_timestamp() - make_interval(days => $2)
        AND NOT EXISTS (SELECT FROM notice n WHERE n.subject_kind = 'schedule' AND n.subject_id = s.id
                          AND n.once_key = 'drill.missed/' || f.id)
      ORDER BY f.slot DESC LIMIT $3`,
    [[...schedules], days, ROWS_MAX],
  );
}

/** An action whose time is over. */
export interface OverdueAction {
  readonly id: string;
  readonly drill: string;
  readonly service: string;
  readonly subject: ActionSubject;
  readonly summary: string;
  readonly ownerId: string;
  readonly dueAt: Date;
}

/** Open actions that are overdue and of which their owner was not told. */
export async function overdueActions(db: Queryable): Promise<OverdueAction[]> {
  return db.rows<OverdueAction>(
    `SELECT a.id, a.drill, a.service, a.subject, a.summary, a.owner_id AS "ownerId", a.due_at AS "dueAt"
       FROM drill_action a
      WHERE a.closed_at IS NULL AND a.owner_id IS NOT NULL AND a.due_at < clock_timestamp()
        AND NOT EXISTS (SELECT FROM notice n WHERE n.subject_kind = 'drill-action' AND n.subject_id = a.id
                          AND n.once_key = 'drill-action.overdue/' || a.id)
      ORDER BY a.due_at LIMIT $1`,
    [ROWS_MAX],
  );
}
