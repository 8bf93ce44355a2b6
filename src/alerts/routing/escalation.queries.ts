import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { AlertLevel } from '../alert.ts';
import type { NamedRung } from './alert-route.ts';

/** A ladder of an alert as it began, and where it stands. */
export interface Ladder {
  readonly id: string;
  readonly level: AlertLevel;
  readonly startedAt: Temporal.Instant;
  readonly restsSince: Temporal.Instant | null;
  readonly endedAt: Temporal.Instant | null;
  readonly endedBy: 'raised' | 'closed' | null;
  readonly rungs: readonly NamedRung[];
  /** When the next rung is due; null: none is left, or it rests. */
  readonly nextDueAt: Temporal.Instant | null;
}

interface LadderRow extends Omit<Ladder, 'startedAt' | 'restsSince' | 'endedAt' | 'nextDueAt'> {
  readonly startedAt: Date;
  readonly restsSince: Date | null;
  readonly endedAt: Date | null;
  readonly nextDueAt: Date | null;
}

/** Ladders that one answer holds. */
const LADDERS_MAX = 50;

const instant = (date: Date | null) => date && instantOf(date);

/** The ladders of an alert, one for each time that it opened or rose, the newest first; 50 at most. */
export async function laddersOf(db: Queryable, alertId: string): Promise<Ladder[]> {
  const rows = await db.rows<LadderRow>(
    `SELECT l.id, l.level, l.started_at AS "startedAt", l.rests_since AS "restsSince", l.ended_at AS "endedAt",
       l.ended_by AS "endedBy",
       (SELECT jsonb_agg(jsonb_build_object('afterSeconds', r.after_seconds, 'repeats', r.repeats,
          'repeatEverySeconds', r.repeat_every_seconds, 'roles', r.roles) ORDER BY r.rung)
        FROM alert_ladder_rung r WHERE r.ladder_id = l.id) AS rungs,
       (SELECT min(f.due_at) FROM alert_firing f
        WHERE f.ladder_id = l.id AND f.state = 'pending' AND l.rests_since IS NULL) AS "nextDueAt"
     FROM alert_ladder l WHERE l.alert_id = $1 ORDER BY l.id DESC LIMIT ${LADDERS_MAX}`,
    [alertId],
  );
  return rows.map((row) => ({
    ...row,
    startedAt: instantOf(row.startedAt),
    restsSince: instant(row.restsSince),
    endedAt: instant(row.endedAt),
    nextDueAt: instant(row.nextDueAt),
  }));
}

/** A firing that is over: told, or not told and why. */
export interface PastFiring {
  readonly id: string;
  readonly level: AlertLevel;
  readonly rung: number;
  /** Null: told again because a reminder was due. */
  readonly repeat: number | null;
  readonly state: 'told' | 'skipped' | 'stopped';
  readonly dueAt: Temporal.Instant;
  readonly doneAt: Temporal.Instant;
  readonly late: boolean;
  readonly nobody: boolean;
  readonly missing: readonly string[];
  readonly told: readonly ToldPerson[];
}

/** Somebody who was told, and by which notice. */
interface ToldPerson {
  readonly id: string;
  readonly kind: 'person' | 'team';
  readonly name: string;
  readonly because: string;
  /** The notice; its deliveries say which channels carried it. */
  readonly noticeId: string | null;
  readonly readAt: string | null;
}

/** Where a page of firings goes on: behind the one that was done then. */
export interface FiringCursor {
  /** In milliseconds since 1970, which is as exactly as it is noted. */
  readonly doneMs: number;
  readonly id: string;
}

/** Firings of an alert that are over, the oldest first, each with who was told. */
export async function pastFirings(
  db: Queryable,
  alertId: string,
  page: { readonly limit: number; readonly after?: FiringCursor | undefined },
): Promise<{ firing: PastFiring; cursor: FiringCursor }[]> {
  const rows = await db.rows<Omit<PastFiring, 'dueAt' | 'doneAt'> & { dueAt: Date; doneAt: Date }>(
    `SELECT f.id, l.level, f.rung, f.repeat, f.state, f.due_at AS "dueAt", f.done_at AS "doneAt", f.late, f.nobody, f.missing,
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'kind', p.kind, 'name', p.name, 'because', t.because,
            'noticeId', n.id,
            'readAt', to_char(n.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ORDER BY lower(p.name), p.id)
          FROM alert_told t JOIN principal p ON p.id = t.principal_id
          LEFT JOIN notice n ON n.recipient_id = p.id AND n.once_key = 'alert.told/' || f.id
          WHERE t.firing_id = f.id), '[]') AS told
     FROM alert_ladder l JOIN alert_firing f ON f.ladder_id = l.id
     WHERE l.alert_id = $1 AND f.state <> 'pending'
       AND ($2::timestamptz IS NULL OR (f.done_at, f.id) > ($2, $3::uuid))
     ORDER BY f.done_at, f.id LIMIT $4`,
    [alertId, page.after ? new Date(page.after.doneMs) : null, page.after?.id ?? null, page.limit],
  );
  return rows.map((row) => ({
    firing: { ...row, dueAt: instantOf(row.dueAt), doneAt: instantOf(row.doneAt) },
    cursor: { doneMs: row.doneAt.getTime(), id: row.id },
  }));
}
