import type { Queryable } from '../database/database.ts';
import type { Severity } from '../kernel/severity.ts';
import type { BreachCauseName } from '../sla/breach-cause.ts';
import type { ClockKind } from '../sla/clock-kind.ts';
import type { ClockSegment, ClockSegments } from '../sla/clock-segment.ts';
import type { Term } from '../sla/term.ts';
import type { AttainmentFilter } from './attainment.ts';
import type { Period } from './attainment-month.ts';

/** A clock as attainment needs it. */
export interface CountedClock {
  readonly id: string;
  readonly kind: ClockKind;
  readonly severity: Severity;
  readonly serviceId: string | null;
  /** That of the incident; of what is none, whoever owns the service, where that is a team. */
  readonly teamId: string | null;
  readonly calendarId: string | null;
  /** That of its last re-basing, if there was one. */
  readonly term: Term;
  readonly segments: ClockSegments;
  readonly cause: BreachCauseName | null;
  /** When it was started, as the next page goes on behind it. */
  readonly startedAt: string;
}

/** The clocks that were started in a period, in the order of their starts, from behind one on. */
export async function countedClocks(
  db: Queryable,
  { severity, kind, serviceId, teamId }: Pick<AttainmentFilter, 'severity' | 'kind' | 'serviceId' | 'teamId'>,
  { fromMs, untilMs }: Pick<Period, 'fromMs' | 'untilMs'>,
  page: { readonly limit: number; readonly after: Pick<CountedClock, 'startedAt' | 'id'> | undefined },
): Promise<CountedClock[]> {
  const rows = await db.rows<CountedRow>(
    `${SELECT_COUNTED}
     WHERE c.started_at >= $1 AND c.started_at < $2 AND ($3::timestamptz IS NULL OR (c.started_at, c.id) > ($3, $4::uuid))
       AND ($5::text IS NULL OR ${SEVERITY} = $5) AND ($6::text IS NULL OR c.kind = $6)
       AND ($7::uuid IS NULL OR c.service_id = $7) AND ($8::uuid IS NULL OR ${TEAM} = $8)
     ORDER BY c.started_at, c.id LIMIT $9`,
    [
      new Date(fromMs),
      new Date(untilMs),
      page.after?.startedAt ?? null,
      page.after?.id ?? null,
      severity ?? null,
      kind ?? null,
      serviceId ?? null,
      teamId ?? null,
      page.limit,
    ],
  );
  return rows.map(({ segments, ...clock }) => ({ ...clock, segments: segmentsOf(segments) }));
}

/** That of the last promise that names one. */
const SEVERITY = `coalesce((SELECT r.severity FROM sla_clock_rebase r WHERE r.clock_id = c.id AND r.severity IS NOT NULL
      ORDER BY r.seq DESC LIMIT 1), c.severity)`;

const TEAM = 'coalesce(i.team_id, o.owner_id)';

// Lean, because it is read for years of clocks at once: segments are pairs, with the reason of a pause behind them.
const SELECT_COUNTED = `
  SELECT c.id, c.kind, ${SEVERITY} AS severity, c.service_id AS "serviceId", ${TEAM} AS "teamId", c.calendar_id AS "calendarId",
    coalesce((SELECT r.term FROM sla_clock_rebase r WHERE r.clock_id = c.id ORDER BY r.seq DESC LIMIT 1), c.term) AS term,
    (SELECT json_agg(json_build_array(s.state, trunc(extract(epoch FROM s.from_at) * 1000)::bigint, s.reason) ORDER BY s.seq)
      FROM sla_clock_segment s WHERE s.clock_id = c.id) AS segments,
    (SELECT b.cause FROM sla_breach_cause b WHERE b.clock_id = c.id ORDER BY b.seq DESC LIMIT 1) AS cause,
    c.started_at::text AS "startedAt"
  FROM sla_clock c LEFT JOIN incident i ON i.number = c.subject
    LEFT JOIN service o ON o.id = c.service_id AND o.owner_kind = 'team'`;

type SegmentRow = readonly [state: ClockSegment['state'], fromMs: number, reason: string | null];

interface CountedRow extends Omit<CountedClock, 'segments'> {
  readonly segments: readonly SegmentRow[];
}

/** Who asked for a pause and who approved it decides nothing here. */
function segmentsOf(rows: readonly SegmentRow[]): ClockSegments {
  const segments = rows.map(
    ([state, fromMs, reason]): ClockSegment =>
      state === 'paused' ? { state, fromMs, reason: reason ?? '', by: '', approvedBy: '' } : { state, fromMs },
  );
  // Sound: a clock has a first segment from the transaction on in which it is made.
  return segments as unknown as ClockSegments;
}

/** The names of services and teams by their ids. */
export async function namesOf(
  db: Queryable,
  ids: { readonly services: readonly string[]; readonly teams: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.rows<{ readonly id: string; readonly name: string }>(
    `SELECT id, name FROM service WHERE id = ANY ($1::uuid[])
     UNION ALL SELECT id, name FROM principal WHERE id = ANY ($2::uuid[])`,
    [ids.services, ids.teams],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
