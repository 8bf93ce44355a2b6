import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { ChainReport } from './evidence-chain.ts';
import { verifyRunEvidence } from './run-evidence.ts';

export interface EvidenceRoutesDeps {
  /** Its public key has to have signed everything. */
  readonly keyring: Pick<Keyring, 'publicKey'>;
  /** Walks all evidence: `verifyEvidenceChain` with the installation's keys and anchors. */
  readonly verify: (signal: AbortSignal) => Promise<ChainReport>;
}

/** Whether the evidence of all runs, or of one, is as it was signed. */
export const evidenceRoutes = (deps: EvidenceRoutesDeps): Route[] => [getVerification(deps), verifyRun(deps)];

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

const runReportSchema = z.object({
  runId: z.uuid(),
  sound: z.boolean().describe('Nothing was found'),
  evidence: z
    .object({
      sha256: z.string(),
      reportSha256: z.string(),
      keyId: z.string(),
      previousSha256: z.string().nullable().describe('Of the evidence that it was signed after; null for the first'),
      previousRunId: z.uuid().nullable().describe('The run whose evidence stands before it'),
    })
    .nullable()
    .describe('Null: it is gone'),
  findings: z.array(z.object({ kind: z.string(), message: z.string() })),
});

const verifyRun = ({ keyring }: EvidenceRoutesDeps) =>
  defineRead({
    tag: 'drills',
    permission: 'drill.read',
    path: '/drill-runs/{id}/evidence-verification',
    operationId: 'verifyDrillRunEvidence',
    summary:
      'Check the evidence of one run now: signature, place in the chain, entry in the audit trail, rows of the run',
    errors: ['unknown-run', 'no-report'],
    params: idParams,
    response: runReportSchema,
    examples: {
      response: {
        runId: '019aab31-2f7c-7d10-b1f4-8c2a51e7d903',
        sound: true,
        evidence: {
          sha256: '9b1d0f5e7c3a2b4d6e8f0a1c3e5d7b9f1a3c5e7d9b0f2a4c6e8d0b1f3a5c7e9d',
          reportSha256: '0e2c4a6b8d1f3e5c7a9b0d2f4e6c8a1b3d5f7e9c0a2b4d6f8e1c3a5b7d9f0e2c',
          keyId: '6d1f0e5c7a9b3d2f4e6c8a1b3d5f7e9c',
          previousSha256: null,
          previousRunId: null,
        },
        findings: [],
      },
    },
    handle: async ({ db, params }) => {
      const { sound, evidence, previousRunId, findings } = await verifyRunEvidence(db, keyring.publicKey, params.id);
      const { evidenceSha256: sha256 = '', reportSha256 = '', keyId = '', previousSha256 = null } = evidence ?? {};
      return {
        body: {
          runId: params.id,
          sound,
          evidence: evidence && { sha256, reportSha256, keyId, previousSha256, previousRunId },
          findings: findings.map(({ kind, message }) => ({ kind, message })),
        },
      };
    },
  });
