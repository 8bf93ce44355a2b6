import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { PauseDecision, PauseRequest } from './pause-request.ts';

/**
 * One request with what was decided.
 * @throws AppError `not-found` `no-such-pause-request`.
 */
export async function pauseRequestById(db: Queryable, id: string): Promise<PauseRequest> {
  const [row] = await db.rows<PauseRequestRow>(`${SELECT_REQUEST} WHERE r.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-pause-request', `There is no request for a pause ${id}`);
  return requestOf(row);
}

/** Which requests a list holds. */
export interface PauseRequestFilter {
  readonly state: 'open' | 'all';
  readonly clockId?: string | undefined;
}

/** Requests from the newest down; `after` continues below an id. */
export async function listPauseRequests(
  db: Queryable,
  { state, clockId }: PauseRequestFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<PauseRequest[]> {
  // Open ones are few among those of years: they are found from their own table.
  const rows = await db.rows<PauseRequestRow>(
    `${SELECT_REQUEST}
     WHERE ${state === 'open' ? 'o.request_id IS NOT NULL AND' : ''} ($1::uuid IS NULL OR r.clock_id = $1)
       AND ($2::uuid IS NULL OR r.id < $2)
     ORDER BY r.id DESC LIMIT $3`,
    [clockId ?? null, page.after ?? null, page.limit],
  );
  return rows.map(requestOf);
}

const named = (alias: string) => `jsonb_build_object('id', ${alias}.id, 'name', ${alias}.name)`;

const SELECT_REQUEST = `
  SELECT r.id, r.reason, r.requested_at AS "requestedAt", o.request_id IS NOT NULL AS "isOpen",
    jsonb_build_object('id', c.id, 'kind', c.kind, 'severity', c.severity, 'subject', c.subject) AS clock,
    ${named('b')} AS "requestedBy", CASE WHEN a.id IS NOT NULL THEN ${named('a')} END AS asked,
    d.outcome, d.note, d.since_request AS "isBackDated", d.effective_at AS "effectiveAt", d.decided_at AS "decidedAt",
    CASE WHEN y.id IS NOT NULL THEN ${named('y')} END AS "decidedBy"
  FROM sla_pause_request r
  JOIN sla_clock c ON c.id = r.clock_id
  JOIN principal b ON b.id = r.requested_by
  LEFT JOIN principal a ON a.id = r.asked_id
  LEFT JOIN sla_pause_open o ON o.request_id = r.id
  LEFT JOIN sla_pause_decision d ON d.request_id = r.id
  LEFT JOIN principal y ON y.id = d.decided_by`;

interface PauseRequestRow extends Pick<PauseRequest, 'id' | 'clock' | 'reason' | 'requestedBy' | 'asked'> {
  readonly requestedAt: Date;
  readonly isOpen: boolean;
  readonly outcome: PauseDecision['outcome'] | null;
  readonly note: string | null;
  readonly isBackDated: boolean | null;
  readonly effectiveAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: PauseDecision['decidedBy'] | null;
}

function requestOf(row: PauseRequestRow): PauseRequest {
  const { id, clock, reason, requestedBy, asked } = row;
  const decision = decisionOf(row);
  const state = decision?.outcome ?? (row.isOpen ? 'open' : 'lapsed');
  return { id, clock, reason, state, requestedBy, requestedAt: instantOf(row.requestedAt), asked, decision };
}

function decisionOf({ outcome, note, decidedBy, decidedAt, ...row }: PauseRequestRow): PauseDecision | null {
  if (outcome === null || decidedBy === null || decidedAt === null) return null;
  return {
    ...{ outcome, note: note ?? '', decidedBy, isBackDated: row.isBackDated === true },
    decidedAt: instantOf(decidedAt),
    effectiveAt: row.effectiveAt && instantOf(row.effectiveAt),
  };
}
