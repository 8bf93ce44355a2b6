import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { listServices, serviceById } from '../services/service.queries.ts';
import type { DrillCatalogue } from './catalogue.ts';
import { PROOF_STANDINGS } from './proof.ts';
import { type ServiceProof, serviceProofs } from './service-proof.ts';

/** Which services are proven to be recoverable. */
export const proofRoutes = (catalogue: DrillCatalogue): Route[] => [listProofs(catalogue), getProof(catalogue)];

const instant = z.iso.datetime();

const proofSchema = z.object({
  service: z.object({ id: z.uuid(), name: z.string(), criticality: z.enum(SEVERITIES), maxProofAgeDays: z.int() }),
  proven: z
    .boolean()
    .describe(
      'A full drill run with the definition and the targets as they are now passed both verdicts, and is not too old',
    ),
  reason: z.string(),
  until: instant.nullable().describe('Until when it holds, if nothing changes'),
  drills: z.array(
    z.object({
      drill: z.string(),
      standing: z.enum(PROOF_STANDINGS),
      reason: z.string(),
      until: instant.nullable(),
      runId: z.uuid().nullable().describe('The newest full run that came to a verdict'),
    }),
  ),
});

function proofView({ service, isProven, reason, until, drills }: ServiceProof): z.input<typeof proofSchema> {
  const { id, name, criticality, maxProofAgeDays } = service;
  return {
    service: { id, name, criticality, maxProofAgeDays },
    proven: isProven,
    reason,
    until: until?.toISOString() ?? null,
    drills: drills.map(({ drill, standing, reason: why, until: holds, run }) => {
      return { drill, standing, reason: why, until: holds?.toISOString() ?? null, runId: run?.id ?? null };
    }),
  };
}

const EXAMPLE: z.input<typeof proofSchema> = {
  service: {
    id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
    name: 'Order database',
    criticality: 'emergency',
    maxProofAgeDays: 90,
  },
  proven: true,
  reason: 'proven on 2026-11-22, until 2027-02-20',
  until: '2027-02-20T15:12:00Z',
  drills: [
    {
      drill: 'order-database',
      standing: 'proven',
      reason: 'proven on 2026-11-22, until 2027-02-20',
      until: '2027-02-20T15:12:00Z',
      runId: '019aab2c-9c41-7d02-b8e3-4a7f2c6d1e90',
    },
  ],
};

const listProofs = (catalogue: DrillCatalogue) =>
  defineRead({
    tag: 'drills',
    path: '/service-proofs',
    operationId: 'listServiceProofs',
    summary: 'Services in use by name: which are proven to be recoverable at this moment, and why the others are not',
    permission: 'drill.read',
    query: pageQueryBy(z.string().max(300)),
    response: pageSchema(proofSchema),
    examples: { response: { items: [EXAMPLE], next: null } },
    handle: async ({ db, query }) => {
      const listed = await listServices(db, { state: 'active' }, { limit: query.limit + 1, after: query.after });
      const { items, next } = pageOf(listed, query.limit, ({ nameKey }) => nameKey);
      const services = items.map(({ service }) => service);
      const proofs = await serviceProofs(db, services, await catalogue.refresh());
      return { body: { items: proofs.map(proofView), next } };
    },
  });

const getProof = (catalogue: DrillCatalogue) =>
  defineRead({
    tag: 'drills',
    path: '/services/{id}/proof',
    operationId: 'getServiceProof',
    summary: 'Whether a service is proven to be recoverable at this moment, and what each of its drills says',
    permission: 'drill.read',
    errors: ['no-such-service'],
    params: idParams,
    response: proofSchema,
    examples: { response: EXAMPLE },
    handle: async ({ db, params }) => {
      const service = await serviceById(db, params.id);
      const [proof] = await serviceProofs(db, [service], await catalogue.refresh());
      if (!proof) throw new Error('One service has one proof');
      return { body: proofView(proof) };
    },
  });
