import type { Queryable } from '../database/database.ts';
import { incidentById } from './incident.queries.ts';
import type { TimelineItem, TimelineKind } from './timeline.ts';

/** Where a timeline goes on: the instant in microseconds, and which of those at that instant. */
export type TimelineCursor = readonly [atMicros: string, key: string];

/** An item with the key that the list is ordered by. */
export type ListedItem = TimelineItem & { readonly cursor: TimelineCursor };

/**
 * What has happened in an incident, in its order: what was entered, its stages, its SLA clocks, the recoveries for it, and what
 * was taken from the emergency reserve for it. What was entered late stands where it happened.
 * @throws AppError `not-found` `no-such-incident`.
 */
export async function timelineOf(
  db: Queryable,
  incidentId: string,
  page: {
    readonly limit: number;
    readonly after?: TimelineCursor | undefined;
    readonly kind?: TimelineKind | undefined;
  },
): Promise<ListedItem[]> {
  const { number } = await incidentById(db, incidentId);
  const rows = await db.rows<TimelineRow>(
    `SELECT t.at, t.kind, t.by, t."lateBecause", t."recordedAt", t.details, t.micros::text, t.key
     FROM (SELECT *, trunc(extract(epoch FROM at) * 1000000)::bigint AS micros FROM (${SOURCES}) s) t
     WHERE ($3::bigint IS NULL OR (t.micros, t.key) > ($3::bigint, $4::text)) AND ($5::text IS NULL OR t.kind = $5)
     ORDER BY t.micros, t.key LIMIT $6`,
    [incidentId, number, page.after?.[0] ?? null, page.after?.[1] ?? null, page.kind ?? null, page.limit],
  );
  return rows.map(({ micros, key, at, recordedAt, ...item }) => ({
    ...item,
    ...{ at: at.toISOString(), recordedAt: recordedAt?.toISOString() ?? null, cursor: [micros, key] as const },
  }));
}

interface TimelineRow extends Omit<TimelineItem, 'at' | 'recordedAt'> {
  readonly at: Date;
  readonly recordedAt: Date | null;
  readonly micros: string;
  readonly key: string;
}

/** One sort of thing that happens: its own rows of one incident, which an index finds. */
const source = (parts: {
  readonly at: string;
  readonly kind: string;
  readonly by: string;
  readonly late?: string;
  readonly recorded?: string;
  readonly details: string;
  readonly key: string;
  readonly from: string;
}) => `SELECT ${parts.at} AS at, ${parts.kind} AS kind, ${parts.by} AS by, ${parts.late ?? 'NULL::text'} AS "lateBecause",
  ${parts.recorded ?? 'NULL::timestamptz'} AS "recordedAt", ${parts.details} AS details, ${parts.key} AS key
  FROM ${parts.from}`;

const SOURCES = [
  source({
    ...{ at: 'h.entered_at', kind: `'stage'`, by: 'b.name', late: 'h.late_because', recorded: 'h.recorded_at' },
    details: `jsonb_build_object('stage', h.stage, 'subState', h.sub_state)`,
    key: `'1/' || lpad(h.seq::text, 6, '0')`,
    from: 'incident_stage h JOIN principal b ON b.id = h.by_id WHERE h.incident_id = $1',
  }),
  source({
    ...{ at: 'e.happened_at', kind: 'e.kind', by: 'b.name', late: 'e.late_because', recorded: 'e.recorded_at' },
    details: `e.details || jsonb_strip_nulls(jsonb_build_object('personId', e.person_id, 'teamId', e.team_id,
      'allocationId', e.allocation_id))`,
    key: `'0/' || lpad(e.seq::text, 6, '0')`,
    from: 'incident_entry e JOIN principal b ON b.id = e.by_id WHERE e.incident_id = $1',
  }),
  source({
    ...{ at: 's.from_at', by: 'b.name', recorded: 's.recorded_at' },
    kind: `CASE WHEN s.seq = 1 THEN 'clock-started' WHEN s.state = 'running' THEN 'clock-resumed'
      ELSE 'clock-' || s.state END`,
    details: `jsonb_strip_nulls(jsonb_build_object('clock', c.kind, 'clockId', c.id, 'reason', s.reason))`,
    key: `'2/' || c.id || '/' || lpad(s.seq::text, 6, '0')`,
    from: `sla_clock c JOIN sla_clock_segment s ON s.clock_id = c.id LEFT JOIN principal b ON b.id = s.by_id
      WHERE c.subject = $2`,
  }),
  source({
    ...{ at: 'm.reached_at', by: 'NULL::text', recorded: 'm.recorded_at' },
    kind: `CASE WHEN m.percent = 100 THEN 'clock-breached' ELSE 'clock-mark' END`,
    details: `jsonb_build_object('clock', c.kind, 'clockId', c.id, 'percent', m.percent)`,
    key: `'3/' || c.id || '/' || lpad(m.percent::text, 6, '0')`,
    from: 'sla_clock c JOIN sla_clock_mark m ON m.clock_id = c.id WHERE c.subject = $2',
  }),
  source({
    ...{ at: 'r.created_at', kind: `'clock-target'`, by: 'b.name' },
    details: `jsonb_strip_nulls(jsonb_build_object('clock', c.kind, 'clockId', c.id, 'term', r.term,
      'severity', r.severity, 'reason', r.reason))`,
    key: `'4/' || c.id || '/' || lpad(r.seq::text, 6, '0')`,
    from: `sla_clock c JOIN sla_clock_rebase r ON r.clock_id = c.id JOIN principal b ON b.id = r.by_id
      WHERE c.subject = $2`,
  }),
  source({
    ...{ at: 'd.triggered_at', kind: `'recovery-requested'`, by: 'd.requested_by_name' },
    details: `jsonb_build_object('drillRunId', d.id, 'drill', d.drill)`,
    key: `'5/' || d.id`,
    from: 'drill_run d WHERE d.recovery_case = $2',
  }),
  source({
    ...{ at: 'd.finished_at', kind: `'recovery-ended'`, by: 'NULL::text' },
    details: `jsonb_build_object('drillRunId', d.id, 'drill', d.drill, 'status', d.status, 'reason', d.status_reason)`,
    key: `'6/' || d.id`,
    from: 'drill_run d WHERE d.recovery_case = $2 AND d.finished_at IS NOT NULL',
  }),
  source({
    ...{ at: 'a.created_at', kind: `'from-reserve'`, by: 'b.name' },
    details: `jsonb_build_object('allocationId', a.id, 'form', a.form, 'reason', a.reserve_reason)`,
    key: `'7/' || a.id`,
    from: 'allocation a LEFT JOIN principal b ON b.id = a.created_by WHERE a.emergency_case = $2',
  }),
  source({
    ...{ at: 'u.created_at', kind: `'customer-update'`, by: 'b.name' },
    details: `jsonb_build_object('text', u.text)`,
    key: `'8/' || u.id`,
    from: 'customer_update u JOIN principal b ON b.id = u.by_id WHERE u.incident_id = $1',
  }),
].join(' UNION ALL ');
