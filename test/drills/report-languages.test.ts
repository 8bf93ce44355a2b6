import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { availabilityVerdict, type BackupFacts, type ResourceFacts } from '../../src/drills/availability.ts';
import type { Evidence } from '../../src/drills/evidence.ts';
import type { Holding } from '../../src/drills/holding.ts';
import { judgeTargets, procedureVerdict, shortfall } from '../../src/drills/judgement.ts';
import { PHASES } from '../../src/drills/phase.ts';
import { reportJsonSchema } from '../../src/drills/report.ts';
import { NOT_PROVEN } from '../../src/drills/report-build.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { preferredLanguage, reportWords } from '../../src/drills/report-language.ts';
import { SENTENCES } from '../../src/drills/report-sentences.ts';
import { WORDS_EN } from '../../src/drills/report-words-en.ts';
import { WORDS_ZH } from '../../src/drills/report-words-zh.ts';
import { EXAMPLE_NOTICE } from '../../src/sla/policy.ts';
import { reportWith } from './support/report.ts';

const EVIDENCE: Evidence = {
  ...{ report: '', reportSha256: 'a'.repeat(64), statement: '', evidenceSha256: 'b'.repeat(64), previousSha256: null },
  ...{ signature: '', keyId: 'c'.repeat(32), publicKey: '' },
};
const chinese = reportWords('zh');
const parametersOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([braces]) => braces).toSorted();

describe('the words of the report', () => {
  test('have the same keys in both languages, the same parameters, and are really Chinese', () => {
    expect(Object.keys(WORDS_ZH)).toEqual(Object.keys(WORDS_EN));
    for (const [key, english] of Object.entries(WORDS_EN)) {
      const other = WORDS_ZH[key as keyof typeof WORDS_EN];
      expect(parametersOf(other), key).toEqual(parametersOf(english));
      if (!['triggeredBy', 'saidOfStep', 'sentenceEnd', 'trendLimit'].includes(key))
        expect(other, key).toMatch(/\p{Script=Han}/u);
    }
  });

  test('are the glossary’s', () => {
    const { service, recoveryPoint, held, drill, evidence } = WORDS_ZH;
    expect([service, recoveryPoint, drill, evidence]).toEqual(['业务系统', '恢复点', '演练', '证据']);
    expect(held).toBe('已占用');
    expect(chinese.say('sizeIn', { size: '1 B', repository: 'nas' })).toContain('备份库');
    expect(chinese.say('fromReserve', { thing: 'x' })).toContain('应急储备');
  });

  test('of every recorded sentence are found again by the English that was recorded', () => {
    for (const [english, other] of SENTENCES) {
      const values = Object.fromEntries(parametersOf(english).map((braces, at) => [braces.slice(1, -1), `v${at}`]));
      const filled = (template: string) => template.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
      expect(parametersOf(other), english).toEqual(parametersOf(english));
      expect(chinese.recorded(filled(english)), english).toBe(filled(other));
    }
  });
});

describe('what the verdicts say', () => {
  const targets = judgeTargets(
    { respondSeconds: 60, planSeconds: 60, recoverSeconds: 100, rpoSeconds: 60 } as Parameters<typeof judgeTargets>[0],
    { respondSeconds: null, planSeconds: null, technicalRtaSeconds: 400, rpaSeconds: null },
    { required: ['recover', 'rpo'] },
  );
  const metTargets = targets.map((target) => ({ ...target, result: 'met' as const }));
  const facts = {
    ...({ mode: 'full', reason: null, validationReason: null, continued: [], unfilled: [] } as const),
    ...{ targets, expectsDamage: false },
  } as const;
  const holding: Holding = {
    ...{ kind: 'unit', wanted: '1 of PSU', quantity: 1, state: 'released', thing: 'PSU serial 1', place: 'A' },
    ...{ isFromReserve: true, allocationId: 'a', lineId: 'l', unitId: 'u', seenAt: null, sightedAt: new Date(0) },
    ...{ sightedBy: 'x', note: null },
  };
  const askedFor = (change: Partial<Holding>): ResourceFacts => ({
    ...{ state: 'asked', holdings: [{ ...holding, ...change }], seenWithinDays: 90, at: new Date(0) },
  });
  const backups: BackupFacts[] = [{ state: 'unknown' }, { state: 'sound' }];
  const resources: ResourceFacts[] = [
    ...[{ state: 'undeclared' } as const, { state: 'unknown' } as const],
    ...(['released', 'short', 'expired', 'preempted'] as const).map((state) => askedFor({ state })),
    askedFor({ sightedAt: null }),
  ];
  const said = [
    ...(['completed', 'failed', 'aborted', 'interrupted'] as const).flatMap((status) =>
      (['passed', 'failed'] as const).map(
        (validation) => procedureVerdict({ ...facts, status, validation, reason: 'the run failed' }).reason,
      ),
    ),
    procedureVerdict({ ...facts, mode: 'availability', status: 'completed', validation: 'not reached' }).reason,
    procedureVerdict({ ...facts, status: 'completed', validation: 'passed', targets: metTargets }).reason,
    ...targets.map(shortfall),
    ...targets.flatMap(({ note }) => note ?? []),
    ...backups.flatMap((backup) => resources.map((one) => availabilityVerdict(backup, one).reason)),
    ...NOT_PROVEN,
    EXAMPLE_NOTICE,
  ];

  test.each([...new Set(said)].map((text) => [text]))('is known in Chinese: %s', (text) => {
    expect(chinese.recorded(text)).toMatch(/\p{Script=Han}/u);
  });

  test('is translated with its parameters', () => {
    const text = 'restored and validated, but recover took 6 min 40 s, 5 min 00 s over the target of 1 min 40 s';
    expect(chinese.recorded(text)).toBe('已恢复并通过验证，但是恢复用时 6 分 40 秒，超出目标 1 分 40 秒 达 5 分 00 秒');
    expect(chinese.recorded('the backup was there and sound; something else')).toBeUndefined();
    expect(reportWords('en').recorded('something else')).toBe('something else');
  });
});

describe('the page in Chinese', () => {
  const page = reportHtml(reportWith('plain'), EVIDENCE, 'zh');
  const shown = page.replaceAll(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ');

  test('has no English words left, but codes and what comes from outside, and marks what was recorded otherwise', () => {
    expect(page).toContain('<html lang="zh-CN">');
    const english = shown.match(/[A-Za-z]{4,}(?: [a-z]+)*/g) ?? [];
    const outside = /^(?:[Pp]lain|Muster plain|report|json|[a-d]{32,})$/;
    expect(english.filter((word) => !outside.test(word))).toEqual([]);
    for (const phase of PHASES) expect(shown).toContain(chinese.code(phase));
    expect(page).toContain('plain <span class="recorded">原文</span>');
  });

  test('escapes like the English one', () => {
    const evil = `"><img src=x onerror=alert(1)></style><script>alert('x')</script>&`;
    const bad = reportHtml(reportWith(evil), { ...EVIDENCE, keyId: evil }, 'zh');
    expect(bad).not.toMatch(/<img|<script|onerror=alert\(1\)>|alert\('x'\)/);
  });
});

describe('the language of the page', () => {
  test.each([
    [undefined, undefined, 'en'],
    [undefined, 'zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    [undefined, 'en-GB,zh;q=0.5', 'en'],
    [undefined, 'de', 'en'],
    [undefined, 'de, zh;q=0.1, en;q=0', 'zh'],
    [undefined, ';;;,q=', 'en'],
    ['zh', 'en', 'zh'],
    ['en', 'zh', 'en'],
  ] as const)('asked for %s with Accept-Language %s is %s', (asked, header, language) => {
    expect(preferredLanguage(asked, header)).toBe(language);
  });
});

describe('the published JSON Schema of the report', () => {
  const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(reportJsonSchema());

  test('takes a report, one of an earlier release, and one with a key of a later release', () => {
    const { notExecuted, lost, ...earlier } = reportWith('plain');
    for (const report of [{ ...earlier, notExecuted, lost }, earlier, { ...earlier, later: 1 }]) {
      expect(fits(report), JSON.stringify(fits.errors)).toBe(true);
    }
  });

  test.each([
    ['format', 'muster/drill-report/v2'],
    ['phases', [{ phase: 'nap' }]],
    ['verdicts', undefined],
    ['headline', { measure: 'RTA' }],
  ])('refuses a report with another %s', (key, value) => {
    expect(fits(JSON.parse(JSON.stringify({ ...reportWith('plain'), [key]: value })))).toBe(false);
  });

  test('is the committed file', async () => {
    const file = join(import.meta.dirname, '../../drills/drill-report.schema.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(reportJsonSchema());
  });
});
