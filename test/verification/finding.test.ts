import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CONSEQUENCES_MAX,
  type Finding,
  type FindingKind,
  printable,
  VERDICT_OF_KIND,
  VERDICTS_WORST_FIRST,
  verdictOf,
  withConsequences,
  worstFirst,
} from '../../src/verification/finding.ts';
import { FindingList } from '../../src/verification/finding-list.ts';
import { includesLevel, lowestLevel } from '../../src/verification/level.ts';

const finding = (kind: FindingKind): Finding => ({ kind, file: 'f', message: kind });

describe('the verdict', () => {
  test('is never sound when nothing was checked', () => {
    expect(verdictOf([], 0)).toBe('unverifiable');
    expect(verdictOf([], 1)).toBe('sound');
  });

  test('is never sound with any kind of finding', () => {
    for (const kind of Object.keys(VERDICT_OF_KIND) as FindingKind[]) {
      expect(verdictOf([finding(kind)], 100)).not.toBe('sound');
    }
  });

  test('is decided by the worst finding, wherever it stands', () => {
    expect(verdictOf([finding('no-key'), finding('corrupt'), finding('unexpected')], 9)).toBe('damaged');
    expect(verdictOf([finding('missing'), finding('hostile'), finding('altered')], 9)).toBe('hostile');
  });

  test('is the one that the design names for each kind', () => {
    const kindsOf = (verdict: string) =>
      Object.entries(VERDICT_OF_KIND).flatMap(([kind, called]) => (called === verdict ? [kind] : []));
    expect(Object.fromEntries(VERDICTS_WORST_FIRST.map((verdict) => [verdict, kindsOf(verdict)]))).toEqual({
      hostile: ['hostile'],
      altered: ['altered'],
      damaged: ['empty', 'truncated', 'corrupt', 'unreadable'],
      missing: ['missing'],
      suspect: ['unexpected', 'mismatched-type', 'changed-while-read', 'unstable-read', 'suspect', 'incomplete'],
      unverifiable: ['no-access', 'no-key', 'unsigned', 'unknown-format', 'no-record'],
      sound: [],
    });
  });

  test('is published in the README as the code has it', async () => {
    const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| `([a-z]+)` \| (.*) \|$/gm)].filter(([, verdict]) =>
      VERDICTS_WORST_FIRST.some((known) => known === verdict),
    );
    const published = rows.flatMap(([, verdict, kinds = '']) =>
      [...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => [kind, verdict]),
    );
    expect(rows.map(([, verdict]) => verdict)).toEqual(VERDICTS_WORST_FIRST);
    expect(Object.fromEntries(published)).toEqual(VERDICT_OF_KIND);
  });

  test('is not made worse by what only followed from another finding', () => {
    expect(verdictOf([withConsequences(finding('changed-while-read'), [finding('corrupt')])], 1)).toBe('suspect');
  });
});

describe('findings', () => {
  test('keep a bounded number of consequences and count the rest', () => {
    const many = Array.from({ length: CONSEQUENCES_MAX + 7 }, () => finding('missing'));
    const { consequences } = withConsequences(finding('corrupt'), many);
    expect(consequences).toHaveLength(CONSEQUENCES_MAX + 1);
    expect(consequences?.at(-1)?.message).toBe('and 7 more consequences of the same cause');
  });

  test('are put in order by their verdict and otherwise left as they were', () => {
    const list = [finding('unexpected'), finding('truncated'), finding('corrupt'), finding('altered')];
    expect(worstFirst(list).map(({ kind }) => kind)).toEqual(['altered', 'truncated', 'corrupt', 'unexpected']);
  });

  test('of one kind never crowd out a worse one', () => {
    const list = new FindingList('f');
    for (let index = 0; index < 1000; index += 1) list.add({ kind: 'suspect', message: 'odd' });
    list.add({ kind: 'hostile', message: 'bad' });
    expect(verdictOf(list.all(), 1)).toBe('hostile');
    expect(list.all().length).toBeLessThan(30);
  });

  test('never print control characters, direction marks or half characters', () => {
    expect(printable('a\u0000\u001b[2J\u009b\u202e\u2028\ud800名')).toBe('a\\x00\\x1b[2J\\x9b\\u202e\\u2028\\ud800名');
    expect(printable('x'.repeat(500))).toHaveLength(200);
  });
});

test('a level includes those before it', () => {
  expect(includesLevel('content', 'digest')).toBe(true);
  expect(includesLevel('digest', 'structure')).toBe(false);
  expect(lowestLevel(['content', 'digest', 'structure'])).toBe('digest');
  expect(lowestLevel([])).toBeUndefined();
});
