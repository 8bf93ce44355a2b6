import { describe, expect, test } from 'vitest';
import { coverageVerdict, demandsOf, type Resolved, verdictOf } from '../../src/services/coverage.ts';

const service = (name: string) => ({ id: name, name });
const need = (name: string, text: string, quantity: number, ...ids: string[]): Resolved<{ id: string }> => ({
  stated: { service: service(name), text, quantity },
  matches: ids.map((id) => ({ id })),
});

describe('what requirements come to', () => {
  test('two names of one part, and two services that need it, draw on one pool', () => {
    const demands = demandsOf([
      need('Orders', 'PSU-750W', 2, 'psu'),
      need('Orders', 'Northwind PSU-750W', 1, 'psu'),
      need('Mail', 'disk', 1, 'disk'),
      need('Mail', 'psu-750w', 4, 'psu'),
    ]);
    expect(demands.map(({ thing, needed, neededBy }) => [thing?.id, needed, neededBy.length])).toEqual([
      ['psu', 7, 3],
      ['disk', 1, 1],
    ]);
  });

  test('a text that names nothing, or several things, stays a text', () => {
    const demands = demandsOf([need('Orders', 'X', 1), need('Mail', 'x', 2), need('Orders', 'Y', 1, 'a', 'b')]);
    expect(demands).toMatchObject([
      { thing: null, candidates: [], needed: 3 },
      { thing: null, candidates: [{ id: 'a' }, { id: 'b' }], needed: 1 },
    ]);
  });

  test.each([
    [2, { ordinary: 2, withReserve: 5 }, 'covered'],
    [3, { ordinary: 2, withReserve: 5 }, 'covered from reserve'],
    [5, { ordinary: 0, withReserve: 5 }, 'covered from reserve'],
    [6, { ordinary: 2, withReserve: 5 }, 'short'],
  ] as const)('%i of %o is %s', (needed, free, verdict) => {
    expect(verdictOf({ needed, candidates: [] }, free, 'part')).toBe(verdict);
  });

  test('what is not one thing is unknown or ambiguous', () => {
    expect(verdictOf({ needed: 1, candidates: [] }, null, 'part')).toBe('unknown part');
    expect(verdictOf({ needed: 1, candidates: [{ id: 'a' }, { id: 'b' }] }, null, 'product')).toBe('ambiguous product');
  });

  test.each([
    [[], 'none declared'],
    [['ready'], 'covered'],
    [['covered', 'unknown skill'], 'unknown'],
    [['ready', 'unknown skill', 'short'], 'short'],
    [['ready', 'covered from reserve'], 'covered only with the reserve'],
    [['covered', 'covered from reserve'], 'covered only with the reserve'],
    [['covered', 'unknown part'], 'unknown'],
    [['ambiguous product', 'covered from reserve'], 'unknown'],
    [['unknown part', 'short', 'covered'], 'short'],
  ] as const)('%j is %s as a whole', (verdicts, whole) => {
    expect(coverageVerdict(verdicts)).toBe(whole);
  });
});
