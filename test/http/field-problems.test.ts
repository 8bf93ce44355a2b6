import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkoutRequest } from '../../src/allocations/checkout-request.ts';
import { parseInput } from '../../src/http/field-problems.ts';
import { newId } from '../../src/kernel/ids.ts';

/** What is said of one line of a basket. */
function saidOf(line: object): { field: string; message: string }[] {
  const body = { purpose: 'loan', holder: { kind: 'team', id: newId() }, lines: [line] };
  try {
    parseInput(checkoutRequest, body, 'body');
    return [];
  } catch (thrown) {
    return [...(thrown as { fields: { field: string; message: string }[] }).fields];
  }
}

describe('what is wrong with a value that can be one of several things', () => {
  test('is said of the one whose fields it has', () => {
    const partId = newId();
    expect(saidOf({ partId, quantity: 2 })).toEqual([]);
    expect(saidOf({ partId, quantity: 0 })).toMatchObject([{ field: '#/lines/0/quantity' }]);
    expect(saidOf({ partId })).toEqual([
      { field: '#/lines/0/quantity', message: 'is missing: one of quantity, serial is needed' },
      { field: '#/lines/0/serial', message: 'is missing: one of quantity, serial is needed' },
    ]);
    expect(saidOf({ kitId: 'x' })).toMatchObject([{ field: '#/lines/0/kitId' }]);
    expect(saidOf({ serial: '', partId })).toMatchObject([{ field: '#/lines/0/serial' }]);
    expect(saidOf({ partId, quantity: 1, colour: 'red' })).toEqual([
      { field: '#/lines/0/colour', message: 'is not a known field' },
    ]);
  });

  test('names every field that would do, where it lacks one', () => {
    const said = saidOf({ quantity: 2 });
    expect(said.map(({ field }) => field)).toEqual([
      '#/lines/0/partId',
      '#/lines/0/stockId',
      '#/lines/0/entitlementId',
      '#/lines/0/productId',
      '#/lines/0/deviceModelId',
      '#/lines/0/kitId',
    ]);
    expect(said[0]?.message).toBe(
      'is missing: one of partId, stockId, entitlementId, productId, deviceModelId, kitId is needed',
    );
  });

  test('is said plainly where nothing of it is an object', () => {
    const either = z.strictObject({ value: z.union([z.int().max(9), z.literal('none')]) });
    expect(() => parseInput(either, { value: 'some' }, 'body')).toThrow('#/value');
    expect(() => parseInput(either, {}, 'body')).toThrow('#/value');
  });
});
