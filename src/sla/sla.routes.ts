import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { queryInteger } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { currentPolicy, listPolicyVersions, policyVersion } from './policy.queries.ts';
import { EXAMPLE_TARGETS, noticeOf, policyNoteSchema, policyTargetsSchema, type SlaPolicy } from './policy.ts';
import { confirmPolicy, replacePolicy } from './sla.service.ts';

/** The SLA policy: what is promised, who stands for it, and every version that there was. */
export const slaRoutes = (): Route[] => [getPolicy, listVersions, getVersion, confirm, replace];

const policySchema = z.object({
  version: z.int(),
  origin: z.enum(['example', 'confirmed']),
  notice: z.string().nullable().describe('Print it above every figure of this version; null when it is a commitment'),
  targets: policyTargetsSchema,
  note: z.string(),
  createdAt: z.iso.datetime(),
  confirmedBy: z.object({ id: z.uuid(), name: z.string() }).nullable(),
});

const viewOf = (policy: SlaPolicy): z.input<typeof policySchema> => ({
  ...policy,
  notice: noticeOf(policy),
  createdAt: policy.createdAt.toString(),
});

const replyOf = (policy: SlaPolicy) => ({ body: viewOf(policy), version: policy.version });

const EXAMPLE: z.input<typeof policySchema> = {
  version: 2,
  origin: 'confirmed',
  notice: null,
  targets: EXAMPLE_TARGETS,
  note: 'Agreed in the service review of November.',
  createdAt: '2026-11-22T09:30:00Z',
  confirmedBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Operations' },
};

const common = { tag: 'sla' } as const;

const getPolicy = defineRead({
  ...common,
  path: '/sla-policy',
  operationId: 'getSlaPolicy',
  summary: 'The SLA policy in force',
  permission: 'sla.read',
  errors: ['no-sla-policy'],
  response: policySchema,
  examples: { response: EXAMPLE },
  handle: async ({ db }) => replyOf(await currentPolicy(db)),
});

const listVersions = defineRead({
  ...common,
  path: '/sla-policy/versions',
  operationId: 'listSlaPolicyVersions',
  summary: 'Every version of the SLA policy, newest first',
  permission: 'sla.read',
  query: pageQueryBy(z.int().min(1).max(2_147_483_647)),
  response: pageSchema(policySchema),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const versions = await listPolicyVersions(db, { limit: query.limit + 1, before: query.after });
    const page = pageOf(versions, query.limit, (policy) => policy.version);
    return { body: { items: page.items.map(viewOf), next: page.next } };
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
  response: policySchema,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await policyVersion(db, params.version)),
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
  response: policySchema,
  examples: { body: { note: EXAMPLE.note }, response: EXAMPLE },
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
  summary: 'Replace the policy by a complete set of targets: a new version',
  permission: 'sla.write',
  errors: ['stale-policy-version'],
  ifMatch: true,
  status: 201,
  body: z.strictObject({
    targets: policyTargetsSchema.describe('Every target of every severity, in seconds: none may be left out'),
    note: noteSchema,
  }),
  response: policySchema,
  examples: { body: { targets: EXAMPLE_TARGETS, note: EXAMPLE.note }, response: EXAMPLE },
  handle: async (request) => {
    const { expectedVersion, body } = request;
    return createdReply(await replacePolicy(request.tx, request, { expectedVersion, ...body }));
  },
});

const createdReply = (policy: SlaPolicy) => ({
  ...replyOf(policy),
  location: `/sla-policy/versions/${policy.version}`,
});
