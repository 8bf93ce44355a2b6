import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { findCurrentPolicy, policyVersion } from './policy.queries.ts';
import { insertPolicyVersion, lockPolicy, type PolicyDraft } from './policy.store.ts';
import { contradictionsOfServices, EXAMPLE_TARGETS, type PolicyFigures, type SlaPolicy } from './policy.ts';
import { changeInWords, changesBetween, type PolicyChange } from './policy-change.ts';
import type { PolicyReplacement } from './policy-proposal.ts';

/** Makes the example policy when there is none at all; does nothing otherwise. Replicas may race. */
export async function ensureExamplePolicy(tx: Tx): Promise<void> {
  await lockPolicy(tx);
  if (await findCurrentPolicy(tx)) return;
  const note = 'Figures of the first start: confirm them or replace them.';
  await insertPolicyVersion(tx, 1, {
    ...{ origin: 'example', targets: EXAMPLE_TARGETS, services: [], starts: {}, note },
    ...{ confirmedBy: null, approvedBy: null },
  });
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
  return append(tx, caller, current, { ...draftBy(caller, current, request.note), action: 'confirm' });
}

/**
 * Replaces the policy by a complete set of targets, for which the caller stands. A target of a confirmed version is loosened
 * only through a proposal that somebody else approves.
 * @param expectedVersion the version that the caller has read.
 * @throws AppError `stale` when another version is in force by now; `conflict` `loosening-needs-approval`;
 *   `unprocessable` `contradicting-targets`, `unsuitable-service`.
 */
export async function replacePolicy(
  tx: Tx,
  caller: Caller,
  request: PolicyReplacement & { readonly expectedVersion: number },
): Promise<SlaPolicy> {
  const current = await currentForUpdate(tx, request.expectedVersion);
  const figures = replacementOf(current, request);
  const loosened = loosenedBy(current, figures);
  if (loosened.length > 0) throw looseningRefused(loosened);
  return append(tx, caller, current, { ...draftBy(caller, figures, request.note), action: 'replace' });
}

/**
 * Makes a proposal the policy: its author stands for it, the caller has approved it.
 * @throws AppError `stale` when another version is in force than the one that it was made for; `unprocessable`
 *   `unsuitable-service`.
 */
export async function enactProposal(
  tx: Tx,
  caller: Caller,
  proposal: { readonly baseVersion: number; readonly proposedById: string; readonly draft: PolicyReplacement },
): Promise<SlaPolicy> {
  const current = await currentForUpdate(tx, proposal.baseVersion);
  const draft: PolicyDraft = {
    ...replacementOf(current, proposal.draft),
    origin: 'confirmed',
    note: proposal.draft.note,
    confirmedBy: proposal.proposedById,
    approvedBy: caller.principal.id,
  };
  return append(tx, caller, current, { ...draft, action: 'approve' });
}

/**
 * The figures that a replacement comes to.
 * @throws AppError `unprocessable` `contradicting-targets`.
 */
export function replacementOf(
  current: SlaPolicy,
  { targets, services = current.services, starts = current.starts }: PolicyReplacement,
): PolicyFigures {
  const figures = { targets, services, starts };
  const fields = contradictionsOfServices(figures);
  if (fields.length === 0) return figures;
  const message = 'Targets of services contradict those of their severities';
  throw new AppError('unprocessable', 'contradicting-targets', message, { fields });
}

/** What a second principal must approve: nobody has committed to an example, so that nothing of it is loosened. */
export function loosenedBy(current: SlaPolicy, figures: PolicyFigures): PolicyChange[] {
  return current.origin === 'example' ? [] : changesBetween(current, figures).filter(({ isLooser }) => isLooser);
}

function looseningRefused(loosened: readonly PolicyChange[]): AppError {
  const words = loosened.slice(0, 5).map(changeInWords).join('; ');
  return new AppError(
    'conflict',
    'loosening-needs-approval',
    `It loosens ${loosened.length === 1 ? 'a target' : `${loosened.length} targets`} (${words}): propose it, and have another person approve it`,
  );
}

const draftBy = (caller: Caller, { targets, services, starts }: PolicyFigures, note: string): PolicyDraft => ({
  ...{ targets, services, starts, note },
  origin: 'confirmed',
  confirmedBy: caller.principal.id,
  approvedBy: null,
});

/** The policy in force, which nobody else can replace until the transaction ends. @throws AppError `stale`. */
export async function currentForUpdate(tx: Tx, expectedVersion: number): Promise<SlaPolicy> {
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
  draft: PolicyDraft & { readonly action: 'confirm' | 'replace' | 'approve' },
): Promise<SlaPolicy> {
  const version = current.version + 1;
  await insertPolicyVersion(tx, version, draft);
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-policy.${draft.action}`,
    subjectKind: 'sla-policy',
    subjectId: String(version),
    details: { note: draft.note, confirmedBy: draft.confirmedBy, changes: changesBetween(current, draft) },
  });
  return policyVersion(tx, version);
}
