import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { AlertSuppression } from './suppression.ts';

const SELECT_SUPPRESSION = `
  SELECT s.id, s.kind, s.rule_id AS "ruleId", r.name AS "ruleName", s.key, s.service_id AS "serviceId",
    v.name AS "serviceName", s.reason, s.starts_at AS "startsAt", s.ends_at AS "endsAt",
    jsonb_build_object('id', p.id, 'name', p.name) AS "createdBy", s.created_at AS "createdAt", s.ended_at AS "endedAt", s.ended_by AS "endedBy"
  FROM alert_suppression s JOIN principal p ON p.id = s.created_by
    LEFT JOIN alert_rule r ON r.id = s.rule_id LEFT JOIN service v ON v.id = s.service_id`;

/** @throws AppError `not-found` `no-such-suppression`. */
export async function suppressionById(db: Queryable, id: string): Promise<AlertSuppression> {
  const [row] = await db.rows<SuppressionRow>(`${SELECT_SUPPRESSION} WHERE s.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-suppression', `There is no silence or maintenance window ${id}`);
  return suppressionOfRow(row);
}

/** Silences and maintenance windows from the newest down; `after` continues below an id. */
export async function listSuppressions(
  db: Queryable,
  state: 'pending' | 'all',
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<AlertSuppression[]> {
  const pending = state === 'pending' ? 's.ended_at IS NULL AND s.ends_at > now() AND' : '';
  const rows = await db.rows<SuppressionRow>(
    `${SELECT_SUPPRESSION} WHERE ${pending} ($1::uuid IS NULL OR s.id < $1) ORDER BY s.id DESC LIMIT $2`,
    [page.after ?? null, page.limit],
  );
  return rows.map(suppressionOfRow);
}

/** What holds at an instant, in milliseconds since 1970. */
export async function suppressionsAt(db: Queryable, atMs: number): Promise<AlertSuppression[]> {
  const rows = await db.rows<SuppressionRow>(
    `${SELECT_SUPPRESSION} WHERE s.starts_at <= $1 AND s.ends_at > $1 AND s.ended_at IS NULL ORDER BY s.id`,
    [new Date(atMs)],
  );
  return rows.map(suppressionOfRow);
}

interface SuppressionRow extends Omit<AlertSuppression, 'startsAt' | 'endsAt' | 'createdAt' | 'ended'> {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
}

function suppressionOfRow({ endedAt, endedBy, ...row }: SuppressionRow): AlertSuppression {
  return {
    ...row,
    startsAt: instantOf(row.startsAt),
    endsAt: instantOf(row.endsAt),
    createdAt: instantOf(row.createdAt),
    ended: endedAt && endedBy ? { at: instantOf(endedAt), byId: endedBy } : null,
  };
}
