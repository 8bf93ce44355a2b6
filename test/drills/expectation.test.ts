import { describe, expect, test } from 'vitest';
import { countWords, isExpected } from '../../src/drills/checks/row-counts.check.ts';
import { type AnsweredRows, type Expectation, expectationSchema, judgeAnswer } from '../../src/drills/expectation.ts';
import { drawn } from '../../src/drills/point-choice.ts';

const one = (value: string | null): AnsweredRows => [[value]];

describe('an answer is as expected', () => {
  test.each<[name: string, expected: Expectation, rows: AnsweredRows, passed: boolean]>([
    ['a number, however the database writes it', { equals: 2328.6 }, one('2328.60'), true],
    ['another number', { equals: 1 }, one('2'), false],
    ['a number where there is none', { equals: 0 }, one(''), false],
    ['a text, to the letter', { equals: '007' }, one('007'), true],
    ['a text that is only the same number', { equals: '007' }, one('7'), false],
    ['truth of PostgreSQL', { equals: true }, one('t'), true],
    ['truth of SQLite', { equals: false }, one('0'), true],
    ['NULL', { equals: null }, one(null), true],
    ['NULL is no empty text', { equals: '' }, one(null), false],
    [
      'rows in their order',
      {
        equals: [
          [1, 'a'],
          [2, null],
        ],
      },
      [
        ['1', 'a'],
        ['2', null],
      ],
      true,
    ],
    ['rows in another order', { equals: [[1], [2]] }, [['2'], ['1']], false],
    ['more rows than are stated', { equals: [[1]] }, [['1'], ['1']], false],
    ['a bound of a range', { range: { min: 5, max: 6 } }, one('5'), true],
    ['below a range', { range: { min: 5 } }, one('4.9'), false],
    ['no number in a range', { range: { min: 0 } }, one('many'), false],
    ['a member', { oneOf: ['a', 2] }, one('2.0'), true],
    ['no member', { oneOf: ['a', 2] }, one('b'), false],
    ['a pattern that is found', { matches: '^v1\\.' }, one('v1.2'), true],
    ['a pattern in NULL', { matches: '.*' }, one(null), false],
    ['no row at all', { equals: 0 }, [], false],
    ['two columns for one value', { equals: 1 }, [['1', '1']], false],
  ])('%s', (_name, expected, rows, passed) => {
    expect(expectationSchema.parse(expected)).toEqual(expected);
    expect(judgeAnswer(expected, rows).passed).toBe(passed);
  });

  test('both are told in words', () => {
    expect(judgeAnswer({ range: { min: 1, max: 2 } }, one('3'))).toEqual({
      passed: false,
      expected: 'from 1 to 2',
      actual: '"3"',
    });
    expect(judgeAnswer({ equals: [[1]] }, []).actual).toBe('no row');
  });
});

test('a count may be off by its tolerance, a range may not', () => {
  expect([990, 989, 1010, 1011].map((count) => isExpected(1000, count, 1))).toEqual([true, false, true, false]);
  expect([9, 10].map((count) => isExpected({ min: 10 }, count, 50))).toEqual([false, true]);
  expect(countWords(1000, 1)).toBe('1000, 1 % more or less');
});

test('a seed draws the same again from the same list, and each of a list is drawn', () => {
  const ids = ['a', 'b', 'c'];
  expect(drawn(ids, 'seed')).toBe(drawn([...ids], 'seed'));
  expect(new Set(Array.from({ length: 60 }, (_, index) => drawn(ids, String(index))))).toEqual(new Set(ids));
  expect(drawn([], 'seed')).toBeUndefined();
});
