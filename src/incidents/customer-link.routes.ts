import { z } from 'zod';
import { originOf } from '../auth/actor.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { createCustomerLink, listCustomerLinks, publishUpdate, revokeCustomerLink } from './customer-link.store.ts';
import { type CustomerLink, customerUpdateSchema, newCustomerLinkSchema } from './customer-link.ts';
import { incidentById } from './incident.queries.ts';

/** Links by which customers see how their incident stands, and what is written for them. */
export const customerLinkRoutes = (): Route[] => [create, list, revoke, publish];

const linkView = z.object({
  id: z.uuid(),
  incidentId: z.uuid(),
  label: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.object({ id: z.uuid(), name: z.string() }),
  expiresAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
  reads: z.int().describe('How often it was read; nothing of the reader is kept'),
  lastReadAt: z.iso.datetime().nullable(),
});

const LINK: CustomerLink = {
  id: '019aab2c-f4d3-7c3e-9d52-6f1b0a4e8c11',
  incidentId: '019aab2c-e3c2-7c3e-9d52-6f1b0a4e8c10',
  label: 'Service desk of the customer',
  createdAt: '2026-11-22T09:45:00Z',
  createdBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty manager' },
  expiresAt: '2026-12-22T09:45:00Z',
  revokedAt: null,
  reads: 0,
  lastReadAt: null,
};

const common = { tag: 'incidents' } as const;

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/incidents/{id}/customer-links',
  operationId: 'createCustomerLink',
  summary: 'Make a link that shows a customer how an incident stands; it is shown in this answer and never again',
  permission: 'incident.write',
  errors: ['no-such-incident'],
  status: 201,
  showsSecret: true,
  params: idParams,
  body: newCustomerLinkSchema,
  response: z.object({
    link: linkView,
    path: z.string().describe('On this server: a page for people; with /json behind it the same for programs'),
  }),
  examples: {
    body: { label: LINK.label },
    response: { link: LINK, path: `/case/muster_case_${'x'.repeat(43)}` },
  },
  handle: async (request) => {
    const { id } = await incidentById(request.tx, request.params.id);
    const by = { createdBy: request.principal.id, origin: originOf(request) };
    const { link, secret } = await createCustomerLink(request.tx, id, request.body, by);
    return { body: { link, path: `/case/${secret}` } };
  },
});

const list = defineRead({
  ...common,
  path: '/incidents/{id}/customer-links',
  operationId: 'listCustomerLinks',
  summary: 'Customer links of an incident, oldest first, without their secrets; ended ones as well',
  permission: 'incident.read',
  errors: ['no-such-incident'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(linkView),
  examples: { response: { items: [LINK], next: null } },
  handle: async ({ db, params, query }) => {
    const { id } = await incidentById(db, params.id);
    const rows = await listCustomerLinks(db, id, { limit: query.limit + 1, after: query.after });
    return { body: pageOf(rows, query.limit, (link) => link.id) };
  },
});

const revoke = defineWrite({
  ...common,
  method: 'delete',
  path: '/customer-links/{id}',
  operationId: 'revokeCustomerLink',
  summary: 'Revoke a customer link for good; it stops working at once',
  permission: 'incident.write',
  errors: ['no-such-customer-link'],
  params: idParams,
  examples: {},
  handle: async (request) => {
    await revokeCustomerLink(request.tx, request.params.id, originOf(request));
    return { body: undefined };
  },
});

const publish = defineWrite({
  ...common,
  method: 'post',
  path: '/incidents/{id}/customer-updates',
  operationId: 'publishCustomerUpdate',
  summary: 'Write an update that whoever has a customer link of the incident reads; it cannot be taken back',
  permission: 'incident.operate',
  errors: ['no-such-incident'],
  status: 201,
  params: idParams,
  body: customerUpdateSchema,
  response: z.object({ id: z.uuid(), at: z.iso.datetime(), text: z.string() }),
  examples: {
    body: { text: 'The spare is on its way' },
    response: {
      id: '019aab2c-f4d3-7c3e-9d52-6f1b0a4e8c12',
      at: '2026-11-22T10:15:00.000Z',
      text: 'The spare is on its way',
    },
  },
  handle: async (request) => {
    const { id } = await incidentById(request.tx, request.params.id);
    const by = { byId: request.principal.id, origin: originOf(request) };
    return { body: await publishUpdate(request.tx, id, request.body.text, by) };
  },
});
