import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { lockRetirable, retireRow } from '../../database/retirable-row.ts';
import { newId } from '../../kernel/ids.ts';
import { planById } from './response-plan.queries.ts';
import { enactEdition, insertPlan } from './response-plan.store.ts';
import { type NewPlan, type PlanContent, RESPONSE_PLAN_TABLE, type ResponsePlan } from './response-plan.ts';

/** Which plan is to change, and the version of it that the caller has read. */
export interface PlanTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Adds a plan for a level of a service, or for every service without one of its own.
 * @throws AppError `conflict` `response-plan-exists`; `unprocessable` `unsuitable-response-plan`.
 */
export async function createPlan(tx: Tx, caller: Caller, wanted: NewPlan): Promise<ResponsePlan> {
  const id = newId();
  await insertPlan(tx, id, wanted);
  await enactEdition(tx, id, wanted, caller.principal.id);
  await recordPlanAct(tx, caller, 'create', id, {
    level: wanted.level,
    serviceId: wanted.serviceId,
    name: wanted.name,
  });
  return planById(tx, id);
}

/**
 * Replaces what a plan says by a complete new edition; the earlier ones stay readable.
 * @throws AppError `not-found`, `stale`; `conflict` `response-plan-retired`; `unprocessable` `unsuitable-response-plan`.
 */
export async function replacePlan(
  tx: Tx,
  caller: Caller,
  target: PlanTarget,
  content: PlanContent,
): Promise<ResponsePlan> {
  await lockRetirable(tx, RESPONSE_PLAN_TABLE, target);
  await enactEdition(tx, target.id, content, caller.principal.id);
  const plan = await planById(tx, target.id);
  await recordPlanAct(tx, caller, 'replace', target.id, { edition: plan.edition, name: plan.name });
  return plan;
}

/** Takes a plan out of use for good. @throws AppError `not-found`, `stale`; `conflict` `response-plan-retired`. */
export async function retirePlan(tx: Tx, caller: Caller, target: PlanTarget, reason: string): Promise<ResponsePlan> {
  const name = await lockRetirable(tx, RESPONSE_PLAN_TABLE, target);
  await retireRow(tx, RESPONSE_PLAN_TABLE, target.id, reason);
  await recordPlanAct(tx, caller, 'retire', target.id, { name, reason });
  return planById(tx, target.id);
}

// What an edition says stands in its rows for good: the trail names the edition.
async function recordPlanAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `response-plan.${act}`,
    subjectKind: 'response-plan',
    subjectId,
    details: { ...details },
  });
}
