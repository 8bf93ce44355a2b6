import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { ClockKind } from './clock-kind.ts';
import type { ClockPromise, ClockRecord } from './clock-record.ts';

/**
 * One clock with its segments.
 * @throws AppError `not-found` `no-such-clock`.
 */
export async function clockById(db: Queryable, id: string): Promise<ClockRecord> {
  const [row] = await db.rows<ClockRow>(`${SELECT_CLOCK} WHERE c.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-clock', `There is no SLA clock ${id}`);
  return clockOf(row);
}

/** Which clocks a list holds. */
export interface ClockFilter {
  readonly state: 'open' | 'stopped' | 'all';
  readonly serviceId?: string | undefined;
  readonly subject?: string | undefined;
}

/** Clocks from the newest down; `after` continues below an id. */
export async function listClocks(
  db: Queryable,
  { state, serviceId, subject }: ClockFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ClockRecord[]> {
  // Open clocks are few among those of years: they are found from their own table.
  const from = {
    open: 'JOIN sla_clock_open o ON o.clock_id = c.id WHERE true',
    stopped: 'WHERE NOT EXISTS (SELECT FROM sla_clock_open o WHERE o.clock_id = c.id)',
    all: 'WHERE true',
  };
  const id = state === 'open' ? 'o.clock_id' : 'c.id';
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} ${from[state]} AND ($1::uuid IS NULL OR c.service_id = $1) AND ($2::text IS NULL OR c.subject = $2)
       AND ($3::uuid IS NULL OR ${id} < $3)
     ORDER BY ${id} DESC LIMIT $4`,
    [serviceId ?? null, subject ?? null, page.after ?? null, page.limit],
  );
  return rows.map(clockOf);
}

/** Open clocks that have marks left to reach, in the order of their ids, from behind one on. */
export async function openClocks(db: Queryable, after: string | null, limit: number): Promise<ClockRecord[]> {
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} JOIN sla_clock_open o ON o.clock_id = c.id
     WHERE ($1::uuid IS NULL OR o.clock_id > $1)
       AND (SELECT count(*) FROM sla_clock_mark m WHERE m.clock_id = c.id) <= cardinality(c.mark_percents)
     ORDER BY o.clock_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(clockOf);
}

/** The open clocks of some subjects, in the order of their starts. */
export async function openClocksAbout(db: Queryable, ...subjects: readonly string[]): Promise<ClockRecord[]> {
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} JOIN sla_clock_open o ON o.clock_id = c.id WHERE c.subject = ANY ($1::text[]) ORDER BY c.id`,
    [subjects],
  );
  return rows.map(clockOf);
}

/** The open clocks that concern some services, in the order of their starts: of each service so many at most, its oldest. */
export async function openClocksOfServices(
  db: Queryable,
  serviceIds: readonly string[],
  eachMax: number,
): Promise<ClockRecord[]> {
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} WHERE c.id IN (
       SELECT listed.clock_id FROM (
         SELECT o.clock_id, row_number() OVER (PARTITION BY s.service_id ORDER BY o.clock_id) AS place
         FROM sla_clock_open o JOIN sla_clock s ON s.id = o.clock_id WHERE s.service_id = ANY ($1::uuid[])) listed
       WHERE listed.place <= $2)
     ORDER BY c.id`,
    [serviceIds, eachMax],
  );
  return rows.map(clockOf);
}

/** The kinds of clocks that a subject has, or had. */
export async function clockKindsOf(db: Queryable, subject: string): Promise<ReadonlySet<ClockKind>> {
  const rows = await db.rows<{ kind: ClockKind }>('SELECT DISTINCT kind FROM sla_clock WHERE subject = $1', [subject]);
  return new Set(rows.map(({ kind }) => kind));
}

/** Clocks by their ids, without those that are stopped meanwhile. */
export async function openClocksOf(db: Queryable, ids: readonly string[]): Promise<ClockRecord[]> {
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} JOIN sla_clock_open o ON o.clock_id = c.id WHERE c.id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows.map(clockOf);
}

/** The latest clock of each kind that one subject has, of some kinds, open or not. */
export async function latestClocksAbout(
  db: Queryable,
  subject: string,
  kinds: readonly ClockKind[],
): Promise<ClockRecord[]> {
  const rows = await db.rows<ClockRow>(
    `${SELECT_CLOCK} WHERE c.id IN (
       SELECT DISTINCT ON (kind) id FROM sla_clock WHERE subject = $1 AND kind = ANY ($2::text[]) ORDER BY kind, id DESC)`,
    [subject, kinds],
  );
  return rows.map(clockOf);
}

interface ClockRow extends Omit<ClockRecord, 'createdAt' | 'promises'> {
  readonly createdAt: Date;
  readonly startedAtMs: number;
  readonly rebases: readonly ClockPromise[];
}

const millisecondsOf = (column: string) => `trunc(extract(epoch FROM ${column}) * 1000)`;

const SELECT_CLOCK = `
  SELECT c.id, c.kind, c.severity, c.subject, c.service_id AS "serviceId", c.term, c.policy_version AS "policyVersion",
    c.calendar_id AS "calendarId", c.mark_percents AS "markPercents", c.created_at AS "createdAt",
    c.created_by AS "createdBy", ${millisecondsOf('c.started_at')}::float8 AS "startedAtMs",
    coalesce((SELECT jsonb_agg(jsonb_build_object('term', r.term, 'policyVersion', r.policy_version,
        'severity', coalesce(r.severity, (SELECT p.severity FROM sla_clock_rebase p
          WHERE p.clock_id = c.id AND p.seq < r.seq AND p.severity IS NOT NULL ORDER BY p.seq DESC LIMIT 1), c.severity),
        'fromMs', ${millisecondsOf('r.created_at')}, 'reason', r.reason, 'by', b.name) ORDER BY r.seq)
      FROM sla_clock_rebase r JOIN principal b ON b.id = r.by_id WHERE r.clock_id = c.id), '[]') AS rebases,
    (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('state', s.state, 'fromMs', ${millisecondsOf('s.from_at')},
        'reason', s.reason, 'by', b.name, 'approvedBy', a.name, 'requestedAtMs', ${millisecondsOf('q.requested_at')},
        'approvedAtMs', ${millisecondsOf('d.decided_at')})) ORDER BY s.seq)
      FROM sla_clock_segment s LEFT JOIN principal b ON b.id = s.by_id LEFT JOIN principal a ON a.id = s.approved_by_id
        LEFT JOIN sla_pause_request q ON q.id = s.pause_request_id
        LEFT JOIN sla_pause_decision d ON d.request_id = q.id
      WHERE s.clock_id = c.id) AS segments,
    coalesce((SELECT jsonb_agg(jsonb_build_object('percent', m.percent, 'reachedAtMs', ${millisecondsOf('m.reached_at')},
        'recordedAtMs', ${millisecondsOf('m.recorded_at')}) ORDER BY m.percent)
      FROM sla_clock_mark m WHERE m.clock_id = c.id), '[]') AS "recordedMarks",
    (SELECT w.request_id FROM sla_pause_open w WHERE w.clock_id = c.id) AS "openPauseRequestId"
  FROM sla_clock c`;

function clockOf({ startedAtMs, rebases, ...row }: ClockRow): ClockRecord {
  const { severity: startedAs, ...started } = row;
  const first: ClockPromise = {
    ...{ term: row.term, policyVersion: row.policyVersion, severity: startedAs, fromMs: startedAtMs },
  };
  const { term, policyVersion, severity } = rebases.at(-1) ?? first;
  return {
    ...started,
    severity,
    term,
    policyVersion,
    promises: [first, ...rebases],
    createdAt: instantOf(row.createdAt),
  };
}
