import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { DutyRole } from '../routing/duty-role.ts';
import { type NewPlan, type PlanContent, spareThing } from './response-plan.ts';

/**
 * Makes the row of a plan, which has no edition yet.
 * @throws AppError `conflict` `response-plan-exists`; `unprocessable` `unsuitable-response-plan`.
 */
export async function insertPlan(tx: Tx, id: string, { level, serviceId }: NewPlan): Promise<void> {
  // Whoever retires the service meanwhile waits, or is seen here.
  const inUse = 'SELECT FROM service WHERE id = $1 AND retired_at IS NULL FOR SHARE';
  if (serviceId !== null && (await tx.rows(inUse, [serviceId])).length === 0) {
    throw unsuitable([{ field: '#/serviceId', what: 'service', id: serviceId }]);
  }
  await mapConstraints({ response_plan_one_in_use: () => planExists(level, serviceId) }, () =>
    tx.execute('INSERT INTO response_plan (id, level, service_id) VALUES ($1, $2, $3)', [id, level, serviceId]),
  );
}

/**
 * Writes the next edition of a plan and puts it in force. The caller holds the plan by `lockRetirable`, or has just made it.
 * @throws AppError `unprocessable` `unsuitable-response-plan` naming each thing or person that is not in use.
 */
export async function enactEdition(tx: Tx, planId: string, content: PlanContent, by: string | null): Promise<void> {
  await requireInUse(tx, content);
  const { name, note, steps } = content;
  const [made] = await tx.rows<{ edition: number }>(
    `INSERT INTO response_plan_edition (plan_id, edition, name, note, created_by)
     SELECT id, edition + 1, $2, $3, $4 FROM response_plan WHERE id = $1 RETURNING edition`,
    [planId, name, note, by],
  );
  await tx.execute(
    `INSERT INTO response_plan_step (plan_id, edition, seq, text, limit_seconds, role, field_id, principal_id)
     SELECT $1, $2, s.seq, s.text, s.limit_seconds, s.role, s.field_id, s.principal_id
     FROM unnest($3::text[], $4::integer[], $5::text[], $6::uuid[], $7::uuid[])
       WITH ORDINALITY AS s (text, limit_seconds, role, field_id, principal_id, seq)`,
    [
      ...[planId, made?.edition, steps.map(({ text }) => text), steps.map(({ limitSeconds }) => limitSeconds)],
      steps.map(({ role }) => role.kind),
      steps.map(({ role }) => fieldOf(role)),
      steps.map(({ role }) => principalOf(role)),
    ],
  );
  await insertNeeds(tx, planId, made?.edition ?? 0, content);
  await tx.execute(
    'UPDATE response_plan SET edition = edition + 1, version = version + 1, updated_at = now() WHERE id = $1',
    [planId],
  );
}

async function insertNeeds(tx: Tx, planId: string, edition: number, content: PlanContent): Promise<void> {
  const needs = needsOf(content);
  if (needs.length === 0) return;
  const ids = (what: Need['what']) => needs.map((need) => (need.what === what ? need.id : null));
  await tx.execute(
    `INSERT INTO response_plan_need
       (plan_id, edition, seq, part_id, device_model_id, product_id, backup_set_id, quantity, younger_than_seconds)
     SELECT $1, $2, n.seq, n.part_id, n.model_id, n.product_id, n.set_id, n.quantity, n.younger
     FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::integer[], $8::integer[])
       WITH ORDINALITY AS n (part_id, model_id, product_id, set_id, quantity, younger, seq)`,
    [
      ...[planId, edition, ids('part'), ids('device model'), ids('licensed product'), ids('backup set')],
      needs.map(({ quantity }) => quantity),
      needs.map(({ youngerThanSeconds }) => youngerThanSeconds),
    ],
  );
}

const fieldOf = (role: DutyRole) => (role.kind === 'expert' ? role.fieldId : null);
const principalOf = (role: DutyRole) => (role.kind === 'named' ? role.principalId : null);

/** Something that a plan names, and where. */
interface Reference {
  readonly field: string;
  readonly what: keyof typeof IN_USE;
  readonly id: string;
}

interface Need extends Reference {
  readonly quantity: number | null;
  readonly youngerThanSeconds: number | null;
}

function needsOf({ spares, seats, backups }: PlanContent): Need[] {
  return [
    ...spares.map((spare, index) => ({
      ...{ field: `#/spares/${index}`, id: spareThing(spare), quantity: spare.quantity, youngerThanSeconds: null },
      what: 'partId' in spare ? ('part' as const) : ('device model' as const),
    })),
    ...seats.map(({ productId, quantity }, index) => ({
      ...{ field: `#/seats/${index}/productId`, what: 'licensed product' as const, id: productId, quantity },
      youngerThanSeconds: null,
    })),
    ...backups.map(({ backupSetId, youngerThanSeconds }, index) => ({
      ...{ field: `#/backups/${index}/backupSetId`, what: 'backup set' as const, id: backupSetId },
      ...{ quantity: null, youngerThanSeconds },
    })),
  ];
}

/** Of each kind of thing, those that are in use. */
const IN_USE = {
  service: 'service WHERE retired_at IS NULL',
  part: 'part WHERE retired_at IS NULL',
  'device model': 'device_model WHERE retired_at IS NULL',
  'licensed product': 'licence_product WHERE retired_at IS NULL',
  'backup set': 'backup_set WHERE retired_at IS NULL',
  'skill field': 'skill_field WHERE retired_at IS NULL',
  'person or team': `principal WHERE disabled_at IS NULL AND kind IN ('person', 'team')`,
} as const;

async function requireInUse(tx: Tx, content: PlanContent): Promise<void> {
  const references: Reference[] = [...needsOf(content), ...rolesOf(content)];
  const kinds = [...new Set(references.map(({ what }) => what))];
  if (kinds.length === 0) return;
  const found = await tx.rows<{ what: string; id: string }>(
    kinds
      .map((what, index) => `SELECT '${what}' AS what, id FROM ${IN_USE[what]} AND id = ANY ($${index + 1}::uuid[])`)
      .join(' UNION ALL '),
    kinds.map((kind) => references.filter(({ what }) => what === kind).map(({ id }) => id)),
  );
  const suitable = new Set(found.map(({ what, id }) => `${what} ${id}`));
  const missing = references.filter(({ what, id }) => !suitable.has(`${what} ${id}`));
  if (missing.length > 0) throw unsuitable(missing);
}

function rolesOf({ steps }: PlanContent): Reference[] {
  return steps.flatMap(({ role }, index): Reference[] => {
    const field = `#/steps/${index}/role`;
    if (role.kind === 'named') return [{ field: `${field}/principalId`, what: 'person or team', id: role.principalId }];
    const fieldId = fieldOf(role);
    return fieldId === null ? [] : [{ field: `${field}/fieldId`, what: 'skill field', id: fieldId }];
  });
}

function unsuitable(missing: readonly Reference[]): AppError {
  const words = missing.slice(0, 5).map(({ what, id }) => `${id} is no ${what} in use`);
  return new AppError(
    'unprocessable',
    'unsuitable-response-plan',
    `A response plan names what is in use only: ${words.join('; ')}`,
    { fields: missing.map(({ field, what }) => ({ field, message: `must be the id of a ${what} in use` })) },
  );
}

function planExists(level: number, serviceId: string | null): AppError {
  const what = serviceId === null ? 'services without a plan of their own' : 'this service';
  return new AppError(
    'conflict',
    'response-plan-exists',
    `There is a response plan of level ${level} for ${what} already: replace it by a new edition, or retire it first`,
    { fields: [{ field: '#/level', message: 'has a response plan already' }] },
  );
}
