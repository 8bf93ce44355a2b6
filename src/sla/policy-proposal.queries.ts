import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type PolicyProposal, policyReplacementSchema } from './policy-proposal.ts';

/**
 * One proposal with what was decided.
 * @throws AppError `not-found` `no-such-proposal`.
 */
export async function proposalById(db: Queryable, id: string): Promise<PolicyProposal> {
  const [row] = await db.rows<ProposalRow>(`${SELECT_PROPOSAL} WHERE p.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-proposal', `There is no proposal ${id}`);
  return proposalOf(row);
}

/** Proposals from the newest down; `after` continues below an id. */
export async function listProposals(
  db: Queryable,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<PolicyProposal[]> {
  const rows = await db.rows<ProposalRow>(
    `${SELECT_PROPOSAL} WHERE $1::uuid IS NULL OR p.id < $1 ORDER BY p.id DESC LIMIT $2`,
    [page.after ?? null, page.limit],
  );
  return rows.map(proposalOf);
}

interface ProposalRow {
  readonly id: string;
  readonly base_version: number;
  readonly draft: unknown;
  readonly created_at: Date;
  readonly proposed_by: string;
  readonly proposed_by_name: string;
  readonly outcome: 'approved' | 'rejected' | null;
  readonly note: string | null;
  readonly policy_version: number | null;
  readonly decided_by: string | null;
  readonly decided_by_name: string | null;
  readonly decided_at: Date | null;
}

const SELECT_PROPOSAL = `
  SELECT p.id, p.base_version, p.draft, p.created_at, p.proposed_by, a.name AS proposed_by_name, d.outcome, d.note,
         d.policy_version, d.decided_by, b.name AS decided_by_name, d.created_at AS decided_at
  FROM sla_policy_proposal p JOIN principal a ON a.id = p.proposed_by
    LEFT JOIN sla_policy_decision d ON d.proposal_id = p.id LEFT JOIN principal b ON b.id = d.decided_by`;

function proposalOf(row: ProposalRow): PolicyProposal {
  return {
    id: row.id,
    baseVersion: row.base_version,
    draft: policyReplacementSchema.parse(row.draft),
    proposedBy: { id: row.proposed_by, name: row.proposed_by_name },
    createdAt: instantOf(row.created_at),
    decision: decisionOf(row),
  };
}

function decisionOf(row: ProposalRow): PolicyProposal['decision'] {
  if (row.outcome === null || row.decided_by === null || row.decided_at === null) return null;
  return {
    outcome: row.outcome,
    note: row.note ?? '',
    policyVersion: row.policy_version,
    decidedBy: { id: row.decided_by, name: row.decided_by_name ?? '' },
    decidedAt: instantOf(row.decided_at),
  };
}
