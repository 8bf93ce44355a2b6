import { z } from 'zod';
import { defineRead, type Route } from '../http/route.ts';
import type { ChainReport } from './evidence-chain.ts';

export interface EvidenceRoutesDeps {
  /** Walks all evidence: `verifyEvidenceChain` with the installation's keys and anchors. */
  readonly verify: (signal: AbortSignal) => Promise<ChainReport>;
}

/** Whether the evidence of all runs is as it was signed. */
export const evidenceRoutes = (deps: EvidenceRoutesDeps): Route[] => [getVerification(deps)];

const reportSchema = z.object({
  sound: z.boolean().describe('Something was checked, nothing was found, and the audit trail is sound as well'),
  runs: z.int().describe('Runs whose evidence was checked'),
  headSha256: z.string().nullable().describe('SHA-256 of the newest evidence'),
  trail: z
    .object({ sound: z.boolean(), entries: z.int(), findings: z.int() })
    .describe('The audit trail, which names the evidence of each run: `/audit/verification` says what was found'),
  findings: z.array(z.object({ kind: z.string(), runId: z.string(), message: z.string() })),
  findingsOmitted: z.int(),
});

const getVerification = ({ verify }: EvidenceRoutesDeps) =>
  defineRead({
    tag: 'drills',
    permission: 'audit.read',
    path: '/drill-evidence/verification',
    operationId: 'verifyDrillEvidence',
    summary: 'Check the evidence of all drill runs now: signatures, chain, audit trail, and the rows of the runs',
    response: reportSchema,
    examples: {
      response: {
        sound: true,
        runs: 12,
        headSha256: 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184',
        trail: { sound: true, entries: 4711, findings: 0 },
        findings: [],
        findingsOmitted: 0,
      },
    },
    handle: async ({ signal }) => {
      const report = await verify(signal);
      return { body: { ...report, findings: [...report.findings] } };
    },
  });
