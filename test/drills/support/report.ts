import { PHASES } from '../../../src/drills/phase.ts';
import { type DrillReport, reportSchema } from '../../../src/drills/report.ts';
import { NOT_PROVEN } from '../../../src/drills/report-build.ts';

/** A complete report with `text` wherever a text from outside can stand. */
export function reportWith(text: string): DrillReport {
  const at = '2026-11-22T15:10:03.120Z';
  return reportSchema.parse({
    format: 'muster/drill-report/v1',
    musterVersion: text,
    run: {
      ...{ id: '019aab31-2f7c-7d10-b1f4-8c2a51e7d903', drill: text, title: text, service: text, trigger: 'manual' },
      ...{ requestedBy: text, triggeredAt: at, startedAt: at, finishedAt: at, status: 'completed', reason: text },
      ...{ hostId: text, attempt: 1 },
    },
    headline: {
      measure: 'technical RTA',
      ...{ technicalRtaSeconds: 20_000, rtoSeconds: 14_400, marginSeconds: -5600, result: 'missed' },
    },
    verdicts: {
      procedure: { outcome: 'failed', reason: text },
      availability: { outcome: 'not assessed', reason: text },
    },
    validation: { status: 'failed', tablesEqual: 37, tablesCompared: 38, tablesNotCompared: 1 },
    cleanup: { status: 'failed', reason: text },
    policy: { version: 1, severity: 'emergency', example: true, notice: text },
    targets: [
      {
        ...{ target: 'recover', targetSeconds: 14_400, actualSeconds: 20_000, marginSeconds: -5600 },
        ...{ result: 'missed', required: true, note: text },
      },
    ],
    recoveryPoint: {
      ...{ id: '019aab31-2f7c-7d10-b1f4-8c2a51e7d904', sha256: text, takenAt: at, ageSeconds: 60 },
      ...{ sizeBytes: 1000, repository: text },
    },
    lost: [text],
    holdings: (['released', 'short', 'preempted', 'not held'] as const).map((state) => ({
      ...{ kind: 'unit', wanted: text, quantity: 1, state, thing: text, place: text, fromReserve: true },
      ...{ sighting: 'sighted', seenAt: at, sightedAt: at, sightedBy: text, note: text },
    })),
    phases: PHASES.map((phase) => ({
      ...{ phase, status: 'failed', startedAt: at, endedAt: at, seconds: 1, sizeBytes: 10, bytesPerSecond: 10 },
      detail: text,
    })),
    parameters: [{ name: text, value: text, default: text, isVaried: true }],
    preflight: (['passed', 'failed'] as const).map((result) => ({ name: text, expected: text, actual: text, result })),
    steps: (['done', 'failed', 'retried', 'continued', 'interrupted'] as const).map((outcome, position) => ({
      ...{ position, step: text, phase: 'restore', attempt: 1, outcome, startedAt: at, seconds: 1, detail: text },
    })),
    groups: [
      { name: text, title: text, positions: [1, 2], outcome: 'failed', startedAt: at, seconds: 2 },
      { name: text, title: text, positions: [9], outcome: 'not reached', startedAt: null, seconds: null },
    ],
    checks: (['passed', 'failed', 'not compared'] as const).map((result) => ({
      ...{ kind: 'table', subject: text, expected: text, actual: text, result },
    })),
    findings: [{ kind: text, file: text, message: text, consequences: [{ kind: text, file: text, message: text }] }],
    warnings: [text],
    notProven: [...NOT_PROVEN],
    actions: [{ subject: 'recover', summary: text, owner: text, dueAt: at, state: 'opened' }],
    log: [{ at, level: 'error', phase: text, message: text }],
    earlierRuns: [
      {
        ...{ id: '019aab31-2f7c-7d10-b1f4-8c2a51e7d905', triggeredAt: at, status: 'completed', procedure: 'passed' },
        technicalRtaSeconds: 4,
      },
    ],
    nextDueAt: at,
    nextSurprise: null,
    definition: { sha256: 'd'.repeat(64), text },
  });
}
