import type { Queryable } from '../../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../../database/retirable-row.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RetirementState } from '../../kernel/retirement.ts';
import { type PlanEdition, RESPONSE_PLAN_TABLE, type ResponsePlan } from './response-plan.ts';

/**
 * One plan in the edition in force, also a retired one.
 * @throws AppError `not-found` `no-such-response-plan`.
 */
export async function planById(db: Queryable, id: string): Promise<ResponsePlan> {
  const [row] = await db.rows<PlanRow>(`${SELECT_PLAN} WHERE p.id = $1`, [id]);
  if (!row) throw noSuchRow(RESPONSE_PLAN_TABLE, id);
  return planOf(row);
}

/** Which plans a list holds; an absent filter lets all pass. */
export interface PlanFilter {
  readonly state: RetirementState;
  readonly level?: number | undefined;
  readonly serviceId?: string | undefined;
}

interface Page {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Plans by id, the oldest first. */
export async function listPlans(db: Queryable, filter: PlanFilter, page: Page): Promise<ResponsePlan[]> {
  const rows = await db.rows<PlanRow>(
    `${SELECT_PLAN}
     WHERE ($1 = 'all' OR (p.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::integer IS NULL OR p.level = $2)
       AND ($3::uuid IS NULL OR p.service_id = $3) AND ($4::uuid IS NULL OR p.id > $4)
     ORDER BY p.id LIMIT $5`,
    [filter.state, filter.level ?? null, filter.serviceId ?? null, page.after ?? null, page.limit],
  );
  return rows.map(planOf);
}

/** The plans that hold today, by id: in use, and not of a service that is retired. */
export async function plansInForce(db: Queryable, page: Page): Promise<ResponsePlan[]> {
  const rows = await db.rows<PlanRow>(
    `${SELECT_PLAN}
     WHERE p.retired_at IS NULL AND s.retired_at IS NULL AND ($1::uuid IS NULL OR p.id > $1) ORDER BY p.id LIMIT $2`,
    [page.after ?? null, page.limit],
  );
  return rows.map(planOf);
}

/**
 * What holds for a service (null: for none in particular), one plan a level at most, by level: its own, or else the one for
 * services without a plan of their own.
 */
export async function plansForService(db: Queryable, serviceId: string | null): Promise<ResponsePlan[]> {
  const rows = await db.rows<PlanRow>(
    `SELECT DISTINCT ON (level) * FROM (
       ${SELECT_PLAN}
       WHERE p.retired_at IS NULL AND (p.service_id = $1 OR p.service_id IS NULL)
     ) held ORDER BY level, service NULLS LAST`,
    [serviceId],
  );
  return rows.map(planOf);
}

/** A plan that holds, and the service that it was asked for; null: none in particular. */
interface HeldPlan {
  readonly plan: ResponsePlan;
  readonly service: { readonly id: string; readonly name: string } | null;
}

/** What holds for services at levels, in the order of the questions; undefined where no plan does. */
export async function plansThatHold(
  db: Queryable,
  asked: readonly { readonly serviceId: string | null; readonly level: number }[],
): Promise<(HeldPlan | undefined)[]> {
  const rows = await db.rows<PlanRow & { readonly place: number; readonly askedFor: HeldPlan['service'] }>(
    `SELECT asked.place::integer AS place,
       CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('id', a.id, 'name', a.name) END AS "askedFor", held.*
     FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS asked (service_id, level, place)
     LEFT JOIN service a ON a.id = asked.service_id
     CROSS JOIN LATERAL (
       ${SELECT_PLAN}
       WHERE p.retired_at IS NULL AND (p.service_id = asked.service_id OR p.service_id IS NULL) AND p.level = asked.level
       ORDER BY p.service_id NULLS LAST LIMIT 1
     ) held`,
    [asked.map(({ serviceId }) => serviceId), asked.map(({ level }) => level)],
  );
  const held = new Map(rows.map((row) => [row.place, { plan: planOf(row), service: row.askedFor }]));
  return asked.map((_, index) => held.get(index + 1));
}

/** Editions of a plan, the newest first; `after` continues below one. @throws AppError `not-found` `no-such-response-plan`. */
export async function editionsOf(
  db: Queryable,
  planId: string,
  page: { readonly limit: number; readonly after?: number | undefined },
): Promise<PlanEdition[]> {
  await planById(db, planId);
  const rows = await db.rows<EditionRow>(
    `SELECT ${EDITION_COLUMNS} FROM response_plan_edition e
     WHERE e.plan_id = $1 AND ($2::integer IS NULL OR e.edition < $2) ORDER BY e.edition DESC LIMIT $3`,
    [planId, page.after ?? null, page.limit],
  );
  return rows.map(editionOf);
}

/** One edition, as it was and will always be. @throws AppError `not-found` `no-such-plan-edition`. */
export async function editionOfPlan(db: Queryable, planId: string, edition: number): Promise<PlanEdition> {
  const [row] = await db.rows<EditionRow>(
    `SELECT ${EDITION_COLUMNS} FROM response_plan_edition e WHERE e.plan_id = $1 AND e.edition = $2`,
    [planId, edition],
  );
  if (row) return editionOf(row);
  throw new AppError(
    'not-found',
    'no-such-plan-edition',
    `There is no edition ${edition} of a response plan ${planId}`,
  );
}

const ROLE = `jsonb_build_object('kind', t.role) || CASE t.role
  WHEN 'expert' THEN jsonb_build_object('field',
    (SELECT jsonb_build_object('id', f.id, 'name', f.name) FROM skill_field f WHERE f.id = t.field_id))
  WHEN 'named' THEN jsonb_build_object('principal',
    (SELECT jsonb_build_object('id', x.id, 'name', x.name) FROM principal x WHERE x.id = t.principal_id))
  ELSE '{}' END`;

const needs = (fields: string, from: string) => `coalesce((
  SELECT jsonb_agg(jsonb_build_object(${fields}) ORDER BY n.seq)
  FROM response_plan_need n ${from} AND (n.plan_id, n.edition) = (e.plan_id, e.edition)), '[]')`;

const SPARES = needs(
  `'kind', CASE WHEN n.part_id IS NOT NULL THEN 'part' ELSE 'device-model' END, 'id', coalesce(a.id, d.id),
    'name', coalesce(a.manufacturer || ' ' || a.part_number, d.manufacturer || ' ' || d.model), 'quantity', n.quantity`,
  `LEFT JOIN part a ON a.id = n.part_id LEFT JOIN device_model d ON d.id = n.device_model_id
   WHERE num_nonnulls(n.part_id, n.device_model_id) = 1`,
);

const SEATS = needs(
  `'id', l.id, 'name', trim(l.vendor || ' ' || l.name || ' ' || l.product_version), 'quantity', n.quantity`,
  'JOIN licence_product l ON l.id = n.product_id WHERE TRUE',
);

const BACKUPS = needs(
  `'id', b.id, 'name', b.name, 'youngerThanSeconds', n.younger_than_seconds`,
  'JOIN backup_set b ON b.id = n.backup_set_id WHERE TRUE',
);

const EDITION_COLUMNS = `e.edition, e.name, e.note, e.created_at AS "editedAt",
  (SELECT jsonb_build_object('id', w.id, 'name', w.name) FROM principal w WHERE w.id = e.created_by) AS "createdBy",
  (SELECT jsonb_agg(jsonb_build_object('text', t.text, 'limitSeconds', t.limit_seconds, 'role', ${ROLE}) ORDER BY t.seq)
   FROM response_plan_step t WHERE (t.plan_id, t.edition) = (e.plan_id, e.edition)) AS steps,
  ${SPARES} AS spares, ${SEATS} AS seats, ${BACKUPS} AS backups`;

const SELECT_PLAN = `
  SELECT p.id, p.level, ${EDITION_COLUMNS}, ${lifecycleColumns('p')},
    CASE WHEN s.id IS NOT NULL THEN jsonb_build_object('id', s.id, 'name', s.name) END AS service
  FROM response_plan p JOIN response_plan_edition e ON (e.plan_id, e.edition) = (p.id, p.edition)
  LEFT JOIN service s ON s.id = p.service_id`;

interface EditionRow extends Omit<PlanEdition, 'createdAt'> {
  readonly editedAt: Date;
}

function editionOf({ editedAt, ...edition }: EditionRow): PlanEdition {
  return { ...edition, createdAt: instantOf(editedAt) };
}

type PlanRow = EditionRow & LifecycleRecord & Pick<ResponsePlan, 'id' | 'level' | 'service'>;

function planOf(row: PlanRow): ResponsePlan {
  const { id, level, service, edition, name, note, steps, spares, seats, backups, createdBy } = row;
  const { retired, version, updatedAt } = lifecycleOf(row);
  return {
    ...{ id, level, service, edition, name, note, steps, spares, seats, backups, createdBy },
    ...{ retired, version, updatedAt, createdAt: instantOf(row.editedAt) },
  };
}
