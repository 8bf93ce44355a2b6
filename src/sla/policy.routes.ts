import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { queryInteger } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { currentPolicy, listPolicyVersions, policyVersion } from './policy.queries.ts';
import { confirmPolicy, replacePolicy } from './policy.service.ts';
import { EXAMPLE_TARGETS, policyNoteSchema, type SlaPolicy } from './policy.ts';
import { POLICY_EXAMPLE, policyReply, policyView, viewOfPolicy } from './policy.views.ts';
import { policyReplacementSchema } from './policy-proposal.ts';

/** The SLA policy: what is promised, who stands for it, and every version that there was. */
export const policyRoutes = (): Route[] => [getPolicy, listVersions, getVersion, confirm, replace];

const common = { tag: 'sla' } as const;

const getPolicy = defineRead({
  ...common,
  path: '/sla-policy',
  operationId: 'getSlaPolicy',
  summary: 'The SLA policy in force',
  permission: 'sla.read',
  errors: ['no-sla-policy'],
  response: policyView,
  examples: { response: POLICY_EXAMPLE },
  handle: async ({ db }) => policyReply(await currentPolicy(db)),
});

const listVersions = defineRead({
  ...common,
  path: '/sla-policy/versions',
  operationId: 'listSlaPolicyVersions',
  summary: 'Every version of the SLA policy, newest first',
  permission: 'sla.read',
  query: pageQueryBy(z.int().min(1).max(2_147_483_647)),
  response: pageSchema(policyView),
  examples: { response: { items: [POLICY_EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const versions = await listPolicyVersions(db, { limit: query.limit + 1, before: query.after });
    const page = pageOf(versions, query.limit, (policy) => policy.version);
    return { body: { items: page.items.map(viewOfPolicy), next: page.next } };
  },
});

const getVersion = defineRead({
  ...common,
  path: '/sla-policy/versions/{version}',
  operationId: 'getSlaPolicyVersion',
  summary: 'One version of the SLA policy, as it was and will always be',
  permission: 'sla.read',
  errors: ['no-such-policy-version'],
  params: z.strictObject({
    version: queryInteger({ min: 1, max: 2_147_483_647 }).describe('The number of the version'),
  }),
  response: policyView,
  examples: { response: POLICY_EXAMPLE },
  handle: async ({ db, params }) => policyReply(await policyVersion(db, params.version)),
});

const noteSchema = policyNoteSchema.default('');

const confirm = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-policy/confirm',
  operationId: 'confirmSlaPolicy',
  summary: 'Make the example targets your commitment: a new version with the same figures',
  permission: 'sla.write',
  errors: ['policy-already-confirmed', 'stale-policy-version'],
  ifMatch: true,
  status: 201,
  // A confirmation needs no words: no body at all is one without a note.
  body: z.strictObject({ note: noteSchema }).prefault({}),
  response: policyView,
  examples: { body: { note: POLICY_EXAMPLE.note }, response: POLICY_EXAMPLE },
  handle: async (request) => {
    const { expectedVersion, body } = request;
    return createdReply(await confirmPolicy(request.tx, request, { expectedVersion, note: body.note }));
  },
});

const replace = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-policy/versions',
  operationId: 'replaceSlaPolicy',
  summary: 'Replace the policy by a complete set of targets that loosens none: a new version',
  permission: 'sla.write',
  errors: ['stale-policy-version', 'loosening-needs-approval', 'contradicting-targets', 'unsuitable-service'],
  ifMatch: true,
  status: 201,
  body: policyReplacementSchema,
  response: policyView,
  examples: { body: { targets: EXAMPLE_TARGETS, note: POLICY_EXAMPLE.note }, response: POLICY_EXAMPLE },
  handle: async (request) => {
    const { expectedVersion, body } = request;
    return createdReply(await replacePolicy(request.tx, request, { expectedVersion, ...body }));
  },
});

const createdReply = (policy: SlaPolicy) => ({
  ...policyReply(policy),
  location: `/sla-policy/versions/${policy.version}`,
});
