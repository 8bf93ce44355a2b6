import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import { type Reference, referencesOfRole, requireInUse } from '../reference.queries.ts';
import { type NewPlan, type PlanContent, spareThing } from './response-plan.ts';

const UNSUITABLE = 'unsuitable-response-plan';

/**
 * Makes the row of a plan, which has no edition yet.
 * @throws AppError `conflict` `response-plan-exists`; `unprocessable` `unsuitable-response-plan`.
 */
export async function insertPlan(tx: Tx, id: string, { level, serviceId }: NewPlan): Promise<void> {
  // Whoever retires the service meanwhile waits, or is seen here.
  await tx.execute('SELECT FROM service WHERE id = $1 FOR SHARE', [serviceId]);
  const service = serviceId === null ? [] : [{ field: '#/serviceId', what: 'service' as const, id: serviceId }];
  await requireInUse(tx, service, UNSUITABLE);
  await mapConstraints({ response_plan_one_in_use: () => planExists(level, serviceId) }, () =>
    tx.execute('INSERT INTO response_plan (id, level, service_id) VALUES ($1, $2, $3)', [id, level, serviceId]),
  );
}

/**
 * Writes the next edition of a plan and puts it in force. The caller holds the plan by `lockRetirable`, or has just made it.
 * @throws AppError `unprocessable` `unsuitable-response-plan` naming each thing or person that is not in use.
 */
export async function enactEdition(tx: Tx, planId: string, content: PlanContent, by: string | null): Promise<void> {
  const { name, note, steps } = content;
  const roles = steps.flatMap(({ role }, index) => referencesOfRole(role, `#/steps/${index}/role`));
  await requireInUse(tx, [...needsOf(content), ...roles], UNSUITABLE);
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
      steps.map(({ role }) => (role.kind === 'expert' ? role.fieldId : null)),
      steps.map(({ role }) => (role.kind === 'named' ? role.principalId : null)),
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

function planExists(level: number, serviceId: string | null): AppError {
  const what = serviceId === null ? 'services without a plan of their own' : 'this service';
  return new AppError(
    'conflict',
    'response-plan-exists',
    `There is a response plan of level ${level} for ${what} already: replace it by a new edition, or retire it first`,
    { fields: [{ field: '#/level', message: 'has a response plan already' }] },
  );
}
