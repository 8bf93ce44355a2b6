import type { Queryable } from '../database/database.ts';
import { onCallBetween } from './on-call.ts';
import { gapsOf, type OnCallGap } from './on-call-gap.ts';
import type { ToldGap } from './on-call-gap-news.ts';
import { planOf } from './rota.queries.ts';
import type { Rota } from './rota.ts';
import { onCallPersons } from './skill-holder.queries.ts';

/** The gaps of a rota from an instant until before another one, in milliseconds since 1970. */
export async function gapsBetween(db: Queryable, rota: Rota, fromMs: number, untilMs: number): Promise<OnCallGap[]> {
  const segments = onCallBetween(await planOf(db, rota, fromMs, untilMs), fromMs, untilMs);
  const ids = [...new Set(segments.flatMap(({ personId }) => personId ?? []))];
  return gapsOf(segments, await onCallPersons(db, ids, rota.field?.id ?? null), rota.field !== null);
}

/** Ids of the rotas in use, in their order; `after` continues behind one. */
export async function rotasInUse(db: Queryable, after: string | null, limit: number): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    'SELECT id FROM on_call_rota WHERE retired_at IS NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2',
    [after, limit],
  );
  return rows.map(({ id }) => id);
}

/** The gaps of a rota that were told and stand. */
export function toldGapsOf(db: Queryable, rotaId: string): Promise<ToldGap[]> {
  return db.rows<ToldGap>(
    `SELECT id, person_id AS "personId", why, (extract(epoch FROM from_at) * 1000)::float8 AS "fromMs",
       (extract(epoch FROM until_at) * 1000)::float8 AS "untilMs", open_ended AS "isOpenEnded"
     FROM on_call_gap_told WHERE rota_id = $1 AND closed_at IS NULL ORDER BY from_at`,
    [rotaId],
  );
}

/** Who answers for a rota and is not disabled: its owner, and the owner of the service that it covers. */
export async function answerableFor(db: Queryable, { owner, serviceId }: Rota): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    `SELECT id FROM principal
     WHERE id IN ($1, (SELECT owner_id FROM service WHERE id = $2)) AND disabled_at IS NULL`,
    [owner.id, serviceId],
  );
  return rows.map(({ id }) => id);
}

/** How many gaps that were told stand and have not passed. */
export async function countToldGaps(db: Queryable): Promise<number> {
  const [row] = await db.rows<{ readonly count: string }>(
    'SELECT count(*) FROM on_call_gap_told WHERE closed_at IS NULL AND until_at > now()',
  );
  return Number(row?.count);
}

/** Of each rota in use the first gap that was told and has not passed: when it begins, in milliseconds since 1970. */
export async function firstToldGaps(
  db: Queryable,
): Promise<
  { readonly rotaId: string; readonly rota: string; readonly serviceId: string | null; readonly fromMs: number }[]
> {
  return db.rows(
    `SELECT r.id AS "rotaId", r.name AS rota, r.service_id AS "serviceId",
       (extract(epoch FROM min(t.from_at)) * 1000)::float8 AS "fromMs"
     FROM on_call_gap_told t JOIN on_call_rota r ON r.id = t.rota_id
     WHERE t.closed_at IS NULL AND t.until_at > now() AND r.retired_at IS NULL GROUP BY r.id`,
  );
}
