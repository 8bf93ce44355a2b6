import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/drills/evidence.ts';
import { NOT_PROVEN } from '../../src/drills/report-build.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { reportWith } from './support/report.ts';

const EVIDENCE: Evidence = {
  ...{ report: '', reportSha256: 'a'.repeat(64), statement: '', evidenceSha256: 'b'.repeat(64), previousSha256: null },
  ...{ signature: '', keyId: 'c'.repeat(32), publicKey: '' },
};

const EVIL = `"><img src=x onerror=alert(1)></style></script><script>alert('x')</script>&`;

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

  test('names the window of a surprise, in both languages', () => {
    const nextSurprise = { every: 'month', from: '08:00', until: '18:00', days: ['mon', 'fri'], zone: 'UTC' } as const;
    const report = {
      ...reportWith('plain'),
      nextDueAt: null,
      nextSurprise: { ...nextSurprise, days: [...nextSurprise.days] },
    };
    expect(reportHtml(report, EVIDENCE)).toContain('by surprise, once a month, 08:00 to 18:00 (UTC; mon, fri)');
    expect(reportHtml(report, EVIDENCE, 'zh')).toContain('突击演练，每月一次，08:00 至 18:00（UTC；周一, 周五）');
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
