import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { policyVersion } from './policy.queries.ts';
import { policyNoteSchema } from './policy.ts';
import { POLICY_EXAMPLE, proposalView, viewOfProposal } from './policy.views.ts';
import { listProposals, proposalById } from './policy-proposal.queries.ts';
import { approveProposal, proposePolicy, rejectProposal } from './policy-proposal.service.ts';
import { type PolicyProposal, policyReplacementSchema } from './policy-proposal.ts';

/** Proposals for the SLA policy: whoever loosens a target needs a second person. */
export const policyProposalRoutes = (): Route[] => [list, getOne, propose, approve, reject];

const DRAFT = { targets: POLICY_EXAMPLE.targets, services: POLICY_EXAMPLE.services, note: POLICY_EXAMPLE.note };

const EXAMPLE: z.input<typeof proposalView> = {
  id: '019aab2c-91c4-7d0a-8c1b-3f5e7a9d2b46',
  baseVersion: 2,
  draft: DRAFT,
  changes: [
    {
      severity: 'emergency',
      serviceId: null,
      target: 'recoverSeconds',
      before: 14_400,
      after: 28_800,
      isLooser: true,
    },
  ],
  proposedBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' },
  createdAt: '2026-11-22T09:30:00Z',
  decision: null,
};

async function replyOf(db: Queryable, proposal: PolicyProposal) {
  return { body: viewOfProposal(proposal, await policyVersion(db, proposal.baseVersion)) };
}

const common = { tag: 'sla' } as const;

const list = defineRead({
  ...common,
  path: '/sla-policy/proposals',
  operationId: 'listSlaPolicyProposals',
  summary: 'Proposals for the SLA policy with what was decided, newest first',
  permission: 'sla.read',
  query: pageQuery,
  response: pageSchema(proposalView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after } }) => {
    const page = pageOf(await listProposals(db, { limit: limit + 1, after }), limit, ({ id }) => id);
    const items = [];
    for (const proposal of page.items) items.push((await replyOf(db, proposal)).body);
    return { body: { items, next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/sla-policy/proposals/{id}',
  operationId: 'getSlaPolicyProposal',
  summary: 'One proposal for the SLA policy',
  permission: 'sla.read',
  errors: ['no-such-proposal'],
  params: idParams,
  response: proposalView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(db, await proposalById(db, params.id)),
});

const propose = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-policy/proposals',
  operationId: 'proposeSlaPolicy',
  summary: 'Propose a new version of the SLA policy, which holds once another person has approved it',
  permission: 'sla.write',
  errors: ['stale-policy-version', 'contradicting-targets'],
  ifMatch: true,
  status: 201,
  body: policyReplacementSchema,
  response: proposalView,
  examples: { body: DRAFT, response: EXAMPLE },
  handle: async (request) => {
    const { expectedVersion, body } = request;
    const proposal = await proposePolicy(request.tx, request, { expectedVersion, ...body });
    return { ...(await replyOf(request.tx, proposal)), location: `/sla-policy/proposals/${proposal.id}` };
  },
});

const deciding = {
  ...common,
  method: 'post',
  permission: 'sla.write',
  params: idParams,
  body: z.strictObject({ note: policyNoteSchema.default('') }).prefault({}),
  response: proposalView,
} as const;

const decided = (outcome: 'approved' | 'rejected', policyVersion: number | null): typeof EXAMPLE => ({
  ...EXAMPLE,
  decision: {
    ...{ outcome, policyVersion, note: '' },
    decidedBy: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Service desk' },
    decidedAt: '2026-11-22T11:00:00Z',
  },
});

const approve = defineWrite({
  ...deciding,
  path: '/sla-policy/proposals/{id}/approve',
  operationId: 'approveSlaPolicyProposal',
  summary: 'Make a proposal the SLA policy: its author stands for it, and you have approved it',
  errors: [
    'no-such-proposal',
    'proposal-decided',
    'second-person-needed',
    'stale-policy-version',
    'contradicting-targets',
    'unsuitable-service',
  ],
  examples: { body: {}, response: decided('approved', 3) },
  handle: async (request) => {
    return replyOf(request.tx, await approveProposal(request.tx, request, request.params.id, request.body.note));
  },
});

const reject = defineWrite({
  ...deciding,
  path: '/sla-policy/proposals/{id}/reject',
  operationId: 'rejectSlaPolicyProposal',
  summary: 'End a proposal for the SLA policy without consequence',
  errors: ['no-such-proposal', 'proposal-decided'],
  examples: { body: {}, response: decided('rejected', null) },
  handle: async (request) => {
    return replyOf(request.tx, await rejectProposal(request.tx, request, request.params.id, request.body.note));
  },
});
