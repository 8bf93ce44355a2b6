import type { Queryable } from '../database/database.ts';
import { containing } from '../database/declared-list.ts';
import { databaseNowMs } from '../database/now.ts';
import type { Severity } from '../kernel/severity.ts';
import { openClocksAbout } from '../sla/clock.queries.ts';
import { type RunningClock, runningClocks } from '../sla/running-clocks.ts';
import type { IncidentKind } from './incident-kind.ts';
import type { Stage, SubState } from './incident-stage.ts';

/** Which incidents a board holds; all that is stated must be so. */
export interface BoardFilter {
  readonly severity?: Severity | undefined;
  readonly serviceId?: string | undefined;
  readonly teamId?: string | undefined;
  /** Only those that this person has, or that a team of theirs has and nobody of it has taken on. */
  readonly personId?: string | undefined;
  /** Somewhere in the number, the title or the customer. */
  readonly q?: string | undefined;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

interface BoardRow {
  readonly id: string;
  readonly number: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly title: string;
  readonly service: Named | null;
  readonly team: Named | null;
  readonly assignee: Named | null;
  readonly stage: Exclude<Stage, 'closed'>;
  readonly subState: SubState | null;
  readonly receivedAt: Date;
  readonly restoredAt: Date | null;
  readonly stageSinceMs: number;
}

/** An open incident with what presses most. */
export interface BoardIncident extends BoardRow {
  readonly stageSeconds: number;
  /** Its clock that runs out next; null when none runs. */
  readonly nextClock: RunningClock | null;
  /** How many of its clocks run, and how many of these are overdue. */
  readonly running: number;
  readonly overdue: number;
}

interface Board {
  readonly readAtMs: number;
  /** What runs out next comes first; what no clock presses comes last, the oldest first. */
  readonly incidents: readonly BoardIncident[];
}

const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Open incidents, of those that fit the newest `limit`, as they stand now. */
export async function boardOf(db: Queryable, filter: BoardFilter, limit: number): Promise<Board> {
  const rows = await openIncidents(db, filter, limit);
  const readAtMs = await databaseNowMs(db);
  const clocks = await openClocksAbout(db, ...rows.map(({ number }) => number));
  // One that runs out first comes first, and so it does within each incident.
  const ofIncident = Map.groupBy(await runningClocks(db, clocks, readAtMs), ({ clock }) => clock.subject);
  const incidents = rows.map((row) => {
    const running = ofIncident.get(row.number) ?? [];
    return {
      ...row,
      stageSeconds: Math.max(0, readAtMs - row.stageSinceMs) / 1000,
      nextClock: running[0] ?? null,
      running: running.length,
      overdue: running.filter(({ isOverdue }) => isOverdue).length,
    };
  });
  const dueMs = ({ nextClock }: BoardIncident) => nextClock?.dueMs ?? NEVER_MS;
  return {
    readAtMs,
    incidents: incidents.toSorted(
      (one, other) => dueMs(one) - dueMs(other) || one.receivedAt.getTime() - other.receivedAt.getTime(),
    ),
  };
}

const named = (alias: string) =>
  `CASE WHEN ${alias}.id IS NOT NULL THEN json_build_object('id', ${alias}.id, 'name', ${alias}.name) END`;

/** An incident enters a stage once; what it does while it is handled may change, and the stage goes on. */
function openIncidents(db: Queryable, filter: BoardFilter, limit: number): Promise<BoardRow[]> {
  const { severity = null, serviceId = null, teamId = null, personId = null, q } = filter;
  return db.rows<BoardRow>(
    `SELECT i.id, i.number, i.kind, i.severity, i.title, ${named('s')} AS service, ${named('t')} AS team,
       ${named('a')} AS assignee, i.stage, i.sub_state AS "subState", i.received_at AS "receivedAt",
       i.restored_at AS "restoredAt",
       (SELECT trunc(extract(epoch FROM min(h.entered_at)) * 1000)::float8 FROM incident_stage h
         WHERE h.incident_id = i.id AND h.stage = i.stage) AS "stageSinceMs"
     FROM incident i LEFT JOIN service s ON s.id = i.service_id LEFT JOIN principal t ON t.id = i.team_id
       LEFT JOIN principal a ON a.id = i.assignee_id
     WHERE i.stage <> 'closed' AND ($1::text IS NULL OR i.severity = $1) AND ($2::uuid IS NULL OR i.service_id = $2)
       AND ($3::uuid IS NULL OR i.team_id = $3)
       AND ($4::uuid IS NULL OR i.assignee_id = $4 OR (i.assignee_id IS NULL AND EXISTS (
         SELECT FROM team_member m WHERE m.team_id = i.team_id AND m.person_id = $4)))
       AND ($5::text IS NULL OR lower(i.number || ' ' || i.title || ' ' || i.customer) LIKE $5)
     ORDER BY i.id DESC LIMIT $6`,
    [severity, serviceId, teamId, personId, q === undefined ? null : containing(q), limit],
  );
}
