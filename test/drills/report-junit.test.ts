import { describe, expect, test } from 'vitest';
import { junitOf } from '../../src/drills/report-junit.ts';
import { reportWith } from './support/report.ts';

const attributes = (xml: string, tag: string) =>
  [...xml.matchAll(new RegExp(`<${tag}\\b[^>]*>`, 'g'))].map(([all]) => all);

describe('the report as JUnit XML', () => {
  test('counts what failed and what nobody measured, and never passes it', async () => {
    const xml = await junitOf(reportWith('plain'));
    expect(xml.startsWith('<?xml version="1.0"')).toBe(true);
    const suites = attributes(xml, 'testsuite').map((suite) => {
      const of = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(suite)?.[1];
      return [of('name'), of('tests'), of('failures'), of('skipped')];
    });
    expect(suites).toEqual([
      ['plain: verdicts', '3', '2', '1'],
      ['plain: targets', '1', '1', '0'],
      ['plain: spares and seats', '4', '2', '1'],
      ['plain: preflight', '2', '1', '0'],
      ['plain: steps', '3', '1', '1'],
      ['plain: steps: plain', '2', '1', '1'],
      ['plain: steps: plain', '1', '0', '1'],
      ['plain: validation', '3', '1', '1'],
    ]);
    expect(xml).toContain('20000 s against 14400 s');
  });

  test('a required target that was not measured has failed, another one is skipped', async () => {
    const report = reportWith('plain');
    const unmeasured = { targetSeconds: 1, actualSeconds: null, marginSeconds: null, result: 'not measured' } as const;
    const target = { ...unmeasured, target: 'rpo', note: 'nothing came back' } as const;
    const required = await junitOf({ ...report, targets: [{ ...target, required: true }] });
    expect(required).toMatch(/failure message="nothing came back" type="not measured"/);
    const free = await junitOf({ ...report, targets: [{ ...target, required: false }] });
    expect(free).not.toMatch(/failure message="nothing came back"/);
  });

  test('is well-formed whatever texts it holds', async () => {
    const xml = await junitOf(reportWith(`"><failure/>\u0000\u0007&]]>\ud800<!--`));
    for (const character of ['\u0000', '\u0007', '\ud800']) expect(xml).not.toContain(character);
    const outsideOfText = xml.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
    expect(outsideOfText).not.toMatch(/<failure\/>|<!--|&(?!amp;|lt;|gt;|quot;|apos;|#)/);
    expect(attributes(xml, 'failure').length).toBeGreaterThan(4);
  });
});
