import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { findCurrentPolicy, policyVersion } from './policy.queries.ts';
import { insertPolicyVersion, lockPolicy, type PolicyDraft } from './policy.store.ts';
import { changesBetween, EXAMPLE_TARGETS, type PolicyTargets, type SlaPolicy } from './policy.ts';

/** Makes the example policy when there is none at all; does nothing otherwise. Replicas may race. */
export async function ensureExamplePolicy(tx: Tx): Promise<void> {
  await lockPolicy(tx);
  if (await findCurrentPolicy(tx)) return;
  const note = 'Figures of the first start: confirm them or replace them.';
  await insertPolicyVersion(tx, 1, { origin: 'example', targets: EXAMPLE_TARGETS, note, confirmedBy: null });
  await recordAudit(tx, {
    actor: SYSTEM_ACTOR,
    action: 'sla-policy.create-example',
    subjectKind: 'sla-policy',
    subjectId: '1',
  });
}

/**
 * Makes the example figures a commitment: a new version with the same targets, for which the caller stands.
 * @param expectedVersion the version that the caller has read.
 * @throws AppError `stale` when another version is in force by now, `conflict` when it is confirmed already.
 */
export async function confirmPolicy(
  tx: Tx,
  caller: Caller,
  request: { readonly expectedVersion: number; readonly note: string },
): Promise<SlaPolicy> {
  const current = await currentForUpdate(tx, request.expectedVersion);
  if (current.origin === 'confirmed') {
    const by = current.confirmedBy?.name ?? 'somebody';
    throw new AppError(
      'conflict',
      'policy-already-confirmed',
      `SLA policy version ${current.version} was confirmed by ${by} at ${current.createdAt}`,
    );
  }
  return append(tx, caller, current, { ...draftBy(caller, current.targets, request.note), action: 'confirm' });
}

/**
 * Replaces the policy by a complete set of targets, for which the caller stands.
 * @param expectedVersion the version that the caller has read.
 * @throws AppError `stale` when another version is in force by now.
 */
export async function replacePolicy(
  tx: Tx,
  caller: Caller,
  request: { readonly expectedVersion: number; readonly targets: PolicyTargets; readonly note: string },
): Promise<SlaPolicy> {
  const current = await currentForUpdate(tx, request.expectedVersion);
  return append(tx, caller, current, { ...draftBy(caller, request.targets, request.note), action: 'replace' });
}

const draftBy = (caller: Caller, targets: PolicyTargets, note: string): PolicyDraft => ({
  origin: 'confirmed',
  targets,
  note,
  confirmedBy: caller.principal.id,
});

async function currentForUpdate(tx: Tx, expectedVersion: number): Promise<SlaPolicy> {
  await lockPolicy(tx);
  const current = await findCurrentPolicy(tx);
  if (current?.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-policy-version',
      `SLA policy version ${current?.version ?? 0} is in force, not ${expectedVersion}: read it and decide again`,
    );
  }
  return current;
}

async function append(
  tx: Tx,
  caller: Caller,
  current: SlaPolicy,
  draft: PolicyDraft & { readonly action: 'confirm' | 'replace' },
): Promise<SlaPolicy> {
  const version = current.version + 1;
  await insertPolicyVersion(tx, version, draft);
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-policy.${draft.action}`,
    subjectKind: 'sla-policy',
    subjectId: String(version),
    details: { note: draft.note, changes: changesBetween(current.targets, draft.targets) },
  });
  return policyVersion(tx, version);
}
