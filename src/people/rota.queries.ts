import type { Owner } from '../auth/owner.store.ts';
import type { Queryable } from '../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { RetirementState } from '../kernel/retirement.ts';
import type { Layer, OnCallPlan } from './on-call.ts';
import { ROTA_TABLE } from './retirable-table.ts';
import type { Rota, RotaOverride } from './rota.ts';

interface RotaRow
  extends LifecycleRecord,
    Pick<Rota, 'id' | 'name' | 'zone' | 'owner' | 'serviceId' | 'field' | 'layers'> {
  readonly owner: Owner;
  readonly nameKey: string;
}

const SELECT_ROTA = `
  SELECT r.id, r.name, lower(r.name) AS "nameKey", ${lifecycleColumns('r')}, r.zone,
    jsonb_build_object('id', o.id, 'kind', o.kind, 'name', o.name) AS owner, r.service_id AS "serviceId",
    CASE WHEN f.id IS NOT NULL THEN jsonb_build_object('id', f.id, 'name', f.name) END AS field,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'participants', ARRAY(SELECT t.person_id FROM on_call_turn t
                              WHERE (t.rota_id, t.layer_seq) = (l.rota_id, l.seq) ORDER BY t.seq),
        'rotation', jsonb_build_object('unit', l.rotation_unit, 'length', l.rotation_length),
        'startsAtWallMs', (l.starts_on - date '1970-01-01')::bigint * 86400000 + l.handover_minute * 60000,
        'windows', l.windows) ORDER BY l.seq)
      FROM on_call_layer l WHERE l.rota_id = r.id), '[]') AS layers
  FROM on_call_rota r JOIN principal o ON o.id = r.owner_id LEFT JOIN skill_field f ON f.id = r.field_id`;

/**
 * One rota, retired ones included.
 * @throws AppError `not-found` `no-such-on-call-rota`.
 */
export async function rotaById(db: Queryable, id: string): Promise<Rota> {
  const [row] = await db.rows<RotaRow>(`${SELECT_ROTA} WHERE r.id = $1`, [id]);
  if (!row) throw noSuchRow(ROTA_TABLE, id);
  return rotaOf(row);
}

/** Rotas in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listRotas(
  db: Queryable,
  state: RetirementState,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly rota: Rota; readonly nameKey: string }[]> {
  const rows = await db.rows<RotaRow>(
    `${SELECT_ROTA}
     WHERE ($1 = 'all' OR (r.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(r.name) > $2)
     ORDER BY lower(r.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ rota: rotaOf(row), nameKey: row.nameKey }));
}

function rotaOf(row: RotaRow): Rota {
  const { id, name, zone, owner, serviceId, field, layers } = row;
  return { id, name, ...lifecycleOf(row), zone, owner, serviceId, field, layers: layers satisfies readonly Layer[] };
}

interface OverrideRow extends Omit<RotaOverride, 'from' | 'until' | 'cancelledAt'> {
  readonly from: Date;
  readonly until: Date;
  readonly cancelledAt: Date | null;
}

const SELECT_OVERRIDE = `
  SELECT v.id, v.kind, v.person_id AS "personId", p.name AS "personName", v.from_at AS "from",
    v.until_at AS "until", v.reason, v.cancelled_at AS "cancelledAt"
  FROM on_call_override v JOIN principal p ON p.id = v.person_id`;

const overrideOf = (row: OverrideRow): RotaOverride => ({
  ...row,
  from: instantOf(row.from),
  until: instantOf(row.until),
  cancelledAt: row.cancelledAt && instantOf(row.cancelledAt),
});

/** @throws AppError `not-found` `no-such-on-call-override`. */
export async function overrideById(db: Queryable, rotaId: string, id: string): Promise<RotaOverride> {
  const [row] = await db.rows<OverrideRow>(`${SELECT_OVERRIDE} WHERE v.rota_id = $1 AND v.id = $2`, [rotaId, id]);
  if (!row) throw new AppError('not-found', 'no-such-on-call-override', `This rota has no override ${id}`);
  return overrideOf(row);
}

/** Overrides of a rota in the order in which they were entered, those that were cancelled too. */
export async function overridesOf(
  db: Queryable,
  rotaId: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<RotaOverride[]> {
  const rows = await db.rows<OverrideRow>(
    `${SELECT_OVERRIDE} WHERE v.rota_id = $1 AND ($2::uuid IS NULL OR v.id > $2) ORDER BY v.id LIMIT $3`,
    [rotaId, page.after ?? null, page.limit],
  );
  return rows.map(overrideOf);
}

/** What decides who is on call in a span: the layers, and the overrides that are not cancelled and touch it. */
export async function planOf(db: Queryable, rota: Rota, fromMs: number, untilMs: number): Promise<OnCallPlan> {
  const rows = await db.rows<OverrideRow>(
    `${SELECT_OVERRIDE}
     WHERE v.rota_id = $1 AND v.cancelled_at IS NULL AND v.from_at < $3 AND v.until_at > $2 ORDER BY v.seq`,
    [rota.id, new Date(fromMs), new Date(untilMs)],
  );
  const overrides = rows.map(({ id, kind, personId, from, until }) => ({
    ...{ id, kind, personId },
    fromMs: from.getTime(),
    untilMs: until.getTime(),
  }));
  return { zone: rota.zone, layers: rota.layers, overrides };
}

/** The names of some persons by their ids. */
export async function namesOf(db: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.rows<{ id: string; name: string }>(
    'SELECT id, name FROM principal WHERE id = ANY ($1::uuid[])',
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
