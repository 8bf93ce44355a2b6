import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/drills/evidence.ts';
import { PHASES } from '../../src/drills/phase.ts';
import { type DrillReport, reportSchema } from '../../src/drills/report.ts';
import { NOT_PROVEN } from '../../src/drills/report-build.ts';
import { reportHtml } from '../../src/drills/report-html.ts';

const EVIDENCE: Evidence = {
  ...{ report: '', reportSha256: 'a'.repeat(64), statement: '', evidenceSha256: 'b'.repeat(64), previousSha256: null },
  ...{ signature: '', keyId: 'c'.repeat(32), publicKey: '' },
};

const EVIL = `"><img src=x onerror=alert(1)></style></script><script>alert('x')</script>&`;

/** A complete report with `text` wherever a text from outside can stand. */
function reportWith(text: string): DrillReport {
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
    phases: PHASES.map((phase) => ({
      ...{ phase, status: 'failed', startedAt: at, endedAt: at, seconds: 1, sizeBytes: 10, bytesPerSecond: 10 },
      detail: text,
    })),
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
    definition: { sha256: 'd'.repeat(64), text },
  });
}

describe('the report as HTML', () => {
  test('escapes every text that comes from outside', () => {
    const page = reportHtml(reportWith(EVIL), { ...EVIDENCE, keyId: EVIL, previousSha256: EVIL });
    expect(page).not.toMatch(/<img|<script|onerror=alert\(1\)>|alert\('x'\)/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(25);
  });

  test('loads nothing and runs nothing', () => {
    const page = reportHtml(reportWith('plain'), EVIDENCE);
    expect(page).toContain(`default-src 'none'; style-src 'unsafe-inline'`);
    expect(page).not.toMatch(/\b(src|href|action|onload|onclick)\s*=|url\(|@import|<script|<link|<iframe|<object/i);
  });

  test('says in words what it shows in colour', () => {
    const page = reportHtml(reportWith('plain'), EVIDENCE);
    for (const words of ['missed', 'Over the target by', '1 h 33 min', '37 of 38 tables equal; 1 not compared']) {
      expect(page).toContain(words);
    }
    for (const sentence of NOT_PROVEN) expect(page).toContain(sentence);
    expect(page).toContain('139 %');
    expect(page).toContain('Next due: 2026-11-22 15:10:03 UTC.');
    expect(page).toContain('b'.repeat(64));
  });

  test('tells a run that measured nothing from one that met its target', () => {
    const report = reportWith('plain');
    const headline = {
      ...report.headline,
      technicalRtaSeconds: null,
      marginSeconds: null,
      result: 'not measured',
    } as const;
    const page = reportHtml(
      { ...report, headline, targets: [], policy: null, recoveryPoint: null, checks: [] },
      EVIDENCE,
    );
    expect(page).toContain('not measured');
    expect(page).toContain('Nothing was checked.');
    expect(page).toContain('None was chosen.');
    expect(page).not.toContain('class="mark good"> met');
  });
});
