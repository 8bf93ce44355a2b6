import type { z } from 'zod';
import type { confirmationSchema } from './confirmation.ts';
import type { drillSchema, runDetailSchema, runSchema } from './drill.views.ts';

/** Examples for the reference. */
export const EXAMPLE_DRILL: z.input<typeof drillSchema> = {
  name: 'muster-database',
  sha256: '5f0c9c5f2a6f3f0f9d3e1d9a7b1c24e86f7a3a0d4c1b2e5f8a9d6c7b0e1f2a3b',
  title: "Muster's own database, restored beside the live one",
  service: 'muster',
  severity: 'emergency',
  backupSet: 'muster-database',
  schedule: { cron: '30 3 * * 0', surprise: null, zone: 'UTC' },
  runnable: true,
  problems: [],
};

export const EXAMPLE_RUN: z.input<typeof runSchema> = {
  id: '019aab31-2f7c-7d10-b1f4-8c2a51e7d903',
  drill: 'muster-database',
  service: 'Muster',
  trigger: 'manual',
  mode: 'full',
  recovery: null,
  requestedBy: 'Operations',
  triggeredAt: '2026-11-22T15:10:03.120Z',
  startedAt: '2026-11-22T15:10:03.480Z',
  finishedAt: '2026-11-22T15:10:11.900Z',
  status: 'completed',
  statusReason: null,
  validation: 'passed',
  cleanup: 'done',
  cleanupReason: null,
  kept: null,
  procedure: { outcome: 'passed', reason: 'restored and validated inside the required targets (recover, rpo)' },
  availability: {
    outcome: 'not assessed',
    reason: 'the backup was there and sound; the drill declares no spares and no seats',
  },
  technicalRtaSeconds: 7.9,
  rpaSeconds: 45_603.12,
  policyVersion: 1,
  exampleTargets: true,
  cancelRequestedBy: null,
  version: 4,
};

export const EXAMPLE_RUN_DETAIL: z.input<typeof runDetailSchema> = {
  ...EXAMPLE_RUN,
  progress: {
    waitsFor: null,
    phase: null,
    seconds: 8.78,
    phaseSeconds: null,
    bytesDone: null,
    bytesTotal: null,
    bytesPerSecond: null,
    etaSeconds: null,
    expectedSeconds: 7.6,
    expectedFromRuns: 5,
  },
  phases: [
    {
      phase: 'fetch',
      status: 'done',
      startedAt: '2026-11-22T15:10:03.700Z',
      endedAt: '2026-11-22T15:10:03.790Z',
      seconds: 0.09,
      expectedSeconds: 0.1,
      sizeBytes: 4_912_331,
      bytesPerSecond: 54_581_455.6,
      detail: '5 files, 4.7 MiB',
    },
  ],
  steps: [
    {
      ...{ position: 0, step: 'fetch', phase: 'fetch', attempt: 1, outcome: 'done', seconds: 0.09 },
      ...{ startedAt: '2026-11-22T15:10:03.700Z', detail: '5 files, 4.7 MiB' },
    },
  ],
  objectives: [{ target: 'recover', targetSeconds: 14_400, required: true }],
  holdings: [],
  lost: [],
  confirmations: [],
  participants: [
    {
      ...{ role: 'verifier', description: 'Compares what came back with the ledger', required: true },
      ...{ person: null, said: null, filledAt: null, answered: [] },
    },
  ],
  targets: [
    {
      target: 'recover',
      targetSeconds: 14_400,
      actualSeconds: 7.9,
      result: 'met',
      required: true,
      note: 'technical RTA: from the trigger to validated',
    },
  ],
  recoveryPoint: {
    id: '019aab2a-11e0-7b6a-9d42-3f5c8e1a7b60',
    sha256: 'c1a5a0b7e8d94f6e2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192',
    takenAt: '2026-11-22T02:30:00.000Z',
    repository: 'local',
  },
  findings: [],
  warnings: ['The backup lies on the same disk as the data: what kills the disk takes both.'],
  evidence: {
    sha256: '9b1d0f5e7c3a2b4d6e8f0a1c3e5d7b9f1a3c5e7d9b0f2a4c6e8d0b1f3a5c7e9d',
    reportSha256: '0e2c4a6b8d1f3e5c7a9b0d2f4e6c8a1b3d5f7e9c0a2b4d6f8e1c3a5b7d9f0e2c',
    keyId: '6d1f0e5c7a9b3d2f4e6c8a1b3d5f7e9c',
    problems: [],
  },
};

export const EXAMPLE_CONFIRMATION: z.input<typeof confirmationSchema> = {
  step: 'check-totals',
  instructions: 'Compare the totals of the last day with the ledger.',
  askedAt: '2026-11-22T15:10:00Z',
  outcome: 'done',
  note: 'The totals of the last day agree with the ledger',
  person: 'Night shift',
  role: 'verifier',
  answeredAt: '2026-11-22T15:12:00Z',
};
