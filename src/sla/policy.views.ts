import { z } from 'zod';
import {
  EXAMPLE_TARGETS,
  noticeOf,
  policyTargetsSchema,
  type SlaPolicy,
  servicesTargetsSchema,
  startsSchema,
} from './policy.ts';
import { changesBetween, policyChangeSchema } from './policy-change.ts';
import { type PolicyProposal, policyReplacementSchema } from './policy-proposal.ts';

const person = z.object({ id: z.uuid(), name: z.string() });

/** A version of the policy as the API shows it. */
export const policyView = z.object({
  version: z.int(),
  origin: z.enum(['example', 'confirmed']),
  notice: z.string().nullable().describe('Print it above every figure of this version; null when it is a commitment'),
  targets: policyTargetsSchema,
  services: servicesTargetsSchema,
  starts: startsSchema,
  note: z.string(),
  createdAt: z.iso.datetime(),
  confirmedBy: person.nullable(),
  approvedBy: person.nullable().describe('The second principal, where the version loosens a target'),
});

export const viewOfPolicy = (policy: SlaPolicy): z.input<typeof policyView> => ({
  ...policy,
  services: [...policy.services],
  notice: noticeOf(policy),
  createdAt: policy.createdAt.toString(),
});

export const policyReply = (policy: SlaPolicy) => ({ body: viewOfPolicy(policy), version: policy.version });

export const POLICY_EXAMPLE: z.input<typeof policyView> = {
  version: 2,
  origin: 'confirmed',
  notice: null,
  targets: {
    ...EXAMPLE_TARGETS,
    general: {
      ...EXAMPLE_TARGETS.general,
      terms: {
        respond: { unit: 'hours', amount: 4, counted: 'business' },
        resolve: { unit: 'working-days', amount: 5, due: 'end-of-day' },
      },
    },
  },
  services: [
    { serviceId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', severity: 'emergency', recoverSeconds: 7200, rpoSeconds: 900 },
  ],
  starts: {},
  note: 'Agreed in the service review of November.',
  createdAt: '2026-11-22T09:30:00Z',
  confirmedBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' },
  approvedBy: null,
};

/** A proposal as the API shows it. */
export const proposalView = z.object({
  id: z.uuid(),
  baseVersion: z.int().describe('The version that it was made for'),
  draft: policyReplacementSchema,
  changes: z.array(policyChangeSchema).describe('What differs from that version'),
  proposedBy: person,
  createdAt: z.iso.datetime(),
  decision: z
    .object({
      outcome: z.enum(['approved', 'rejected']),
      note: z.string(),
      policyVersion: z.int().nullable(),
      decidedBy: person,
      decidedAt: z.iso.datetime(),
    })
    .nullable()
    .describe('Null while it is open'),
});

/** @param base the version that the proposal was made for. */
export function viewOfProposal(proposal: PolicyProposal, base: SlaPolicy): z.input<typeof proposalView> {
  const { targets, services = base.services, starts = base.starts } = proposal.draft;
  const { decision } = proposal;
  return {
    ...proposal,
    draft: { ...proposal.draft, services: [...services] },
    changes: changesBetween(base, { targets, services, starts }),
    createdAt: proposal.createdAt.toString(),
    decision: decision && { ...decision, decidedAt: decision.decidedAt.toString() },
  };
}
