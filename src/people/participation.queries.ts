import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Participation } from './participation.ts';

interface ParticipationRow
  extends Omit<Participation, 'tookPlaceAt' | 'validUntil' | 'recordedAt' | 'corrects' | 'field'> {
  readonly tookPlaceAt: Date;
  readonly validUntil: Date | null;
  readonly recordedAt: Date;
  readonly fieldId: string | null;
  readonly fieldName: string | null;
  readonly correctsId: string | null;
  readonly reason: string | null;
}

const SELECT_PARTICIPATION = `
  SELECT t.id, t.person_id AS "personId", t.kind, t.took_place_at AS "tookPlaceAt", t.valid_until AS "validUntil",
    t.field_id AS "fieldId", f.name AS "fieldName", t.drill_run_id AS "drillRunId", t.note,
    t.withdrawn AS "isWithdrawn", t.corrects_id AS "correctsId", t.reason, c.id AS "correctedById",
    t.recorded_at AS "recordedAt"
  FROM participation t
  LEFT JOIN skill_field f ON f.id = t.field_id
  LEFT JOIN participation c ON c.corrects_id = t.id`;

/** @throws AppError `not-found` `no-such-participation`. */
export async function participationById(db: Queryable, id: string): Promise<Participation> {
  const [row] = await db.rows<ParticipationRow>(`${SELECT_PARTICIPATION} WHERE t.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-participation', `There is no participation ${id}`);
  return participationOf(row);
}

/** What a person took part in, in the order in which it was recorded; `after` continues behind an id. */
export async function participationsOf(
  db: Queryable,
  personId: string,
  page: { readonly standing: 'current' | 'all'; readonly limit: number; readonly after?: string | undefined },
): Promise<Participation[]> {
  const rows = await db.rows<ParticipationRow>(
    `${SELECT_PARTICIPATION}
     WHERE t.person_id = $1 AND ($2 = 'all' OR (c.id IS NULL AND NOT t.withdrawn)) AND ($3::uuid IS NULL OR t.id > $3)
     ORDER BY t.id LIMIT $4`,
    [personId, page.standing, page.after ?? null, page.limit],
  );
  return rows.map(participationOf);
}

/** Something a person took part in that stops to count, and that nothing has taken the place of. */
interface EndingParticipation {
  readonly id: string;
  /** Who, and in what. */
  readonly name: string;
  readonly validUntilMs: number;
}

/**
 * Of active persons the newest participation in each field and kind, where it stops to count within so many days or has stopped
 * in as many days before.
 */
export async function trainingsThatEnd(db: Queryable, withinDays: number): Promise<EndingParticipation[]> {
  return db.rows<EndingParticipation>(
    `SELECT id, name, (extract(epoch FROM valid_until) * 1000)::float8 AS "validUntilMs"
     FROM (
       SELECT DISTINCT ON (t.person_id, t.kind, t.field_id) t.id, t.valid_until,
         p.name || ': ' || t.kind || coalesce(' in ' || f.name, '') AS name
       FROM participation t
       JOIN principal p ON p.id = t.person_id AND p.disabled_at IS NULL
       LEFT JOIN skill_field f ON f.id = t.field_id
       WHERE NOT t.withdrawn AND NOT EXISTS (SELECT FROM participation c WHERE c.corrects_id = t.id)
       ORDER BY t.person_id, t.kind, t.field_id, t.valid_until DESC NULLS FIRST, t.id
     ) newest
     WHERE valid_until BETWEEN now() - make_interval(days => $1) AND now() + make_interval(days => $1)`,
    [withinDays],
  );
}

function participationOf({ fieldId, fieldName, correctsId, reason, ...row }: ParticipationRow): Participation {
  return {
    ...row,
    field: fieldId === null ? null : { id: fieldId, name: fieldName ?? '' },
    corrects: correctsId === null ? null : { id: correctsId, reason: reason ?? '' },
    tookPlaceAt: instantOf(row.tookPlaceAt),
    validUntil: row.validUntil && instantOf(row.validUntil),
    recordedAt: instantOf(row.recordedAt),
  };
}
