import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { currentForUpdate, enactProposal, loosenedBy, replacementOf } from './policy.service.ts';
import { proposalById } from './policy-proposal.queries.ts';
import type { PolicyDecision, PolicyProposal, PolicyReplacement } from './policy-proposal.ts';

/**
 * Proposes a new version, which holds once another person has approved it.
 * @param expectedVersion the version that the caller has read.
 * @throws AppError `stale` when another version is in force by now; `unprocessable` `contradicting-targets`.
 */
export async function proposePolicy(
  tx: Tx,
  caller: Caller,
  { expectedVersion, ...draft }: PolicyReplacement & { readonly expectedVersion: number },
): Promise<PolicyProposal> {
  const current = await currentForUpdate(tx, expectedVersion);
  const figures = replacementOf(current, draft);
  const id = newId();
  await tx.execute(
    'INSERT INTO sla_policy_proposal (id, base_version, draft, proposed_by) VALUES ($1, $2, $3::jsonb, $4)',
    [id, current.version, JSON.stringify({ ...figures, note: draft.note }), caller.principal.id],
  );
  await record(tx, caller, 'propose', id, { baseVersion: current.version, loosens: loosenedBy(current, figures) });
  return proposalById(tx, id);
}

/**
 * Makes a proposal the policy.
 * @throws AppError `not-found` `no-such-proposal`; `conflict` `proposal-decided`; `unprocessable` `second-person-needed`; `stale`
 *   when another version is in force than the one that it was made for; `unprocessable` `unsuitable-service`.
 */
export async function approveProposal(tx: Tx, caller: Caller, id: string, note: string): Promise<PolicyProposal> {
  const proposal = await openProposal(tx, id);
  requireSecondPerson(caller, proposal);
  const proposedById = proposal.proposedBy.id;
  const policy = await enactProposal(tx, caller, { ...proposal, proposedById });
  return decide(tx, caller, id, { outcome: 'approved', note, policyVersion: policy.version });
}

/**
 * Ends a proposal without consequence; its author may do that, too.
 * @throws AppError `not-found` `no-such-proposal`; `conflict` `proposal-decided`.
 */
export async function rejectProposal(tx: Tx, caller: Caller, id: string, note: string): Promise<PolicyProposal> {
  await openProposal(tx, id);
  return decide(tx, caller, id, { outcome: 'rejected', note, policyVersion: null });
}

async function openProposal(tx: Tx, id: string): Promise<PolicyProposal> {
  const proposal = await proposalById(tx, id);
  if (proposal.decision !== null) throw decided(id);
  return proposal;
}

function requireSecondPerson({ principal }: Caller, { proposedBy }: PolicyProposal): void {
  if (principal.kind === 'person' && principal.id !== proposedBy.id) return;
  const why = principal.id === proposedBy.id ? `${principal.name} has made it` : `${principal.name} is no person`;
  throw new AppError('unprocessable', 'second-person-needed', `Another person approves a proposal: ${why}`);
}

async function decide(
  tx: Tx,
  caller: Caller,
  id: string,
  decision: Pick<PolicyDecision, 'outcome' | 'note' | 'policyVersion'>,
): Promise<PolicyProposal> {
  const { outcome, note, policyVersion } = decision;
  await mapConstraints({ sla_policy_decision_pkey: () => decided(id) }, () =>
    tx.execute(
      `INSERT INTO sla_policy_decision (proposal_id, outcome, note, policy_version, decided_by)
       VALUES ($1, $2, $3, $4, $5)`,
      [id, outcome, note, policyVersion, caller.principal.id],
    ),
  );
  await record(tx, caller, outcome === 'approved' ? 'approve' : 'reject', id, { note, policyVersion });
  return proposalById(tx, id);
}

const decided = (id: string) => new AppError('conflict', 'proposal-decided', `Proposal ${id} has been decided already`);

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-policy-proposal.${act}`,
    subjectKind: 'sla-policy-proposal',
    subjectId,
    details: { ...details },
  });
}
