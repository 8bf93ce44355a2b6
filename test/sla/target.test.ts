import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/sla/target.ts';

const seconds = fc.double({ min: 0.001, max: 1e9, noNaN: true });

describe('judging a measurement against a target', () => {
  test('exactly on the target is met, with no margin left', () => {
    expect(judge(3600, 3600)).toEqual({ status: 'met', marginSeconds: 0 });
  });

  test('one millisecond over is missed', () => {
    const { status, marginSeconds } = judge(3600, 3600.001);
    expect(status).toBe('missed');
    expect(marginSeconds).toBeCloseTo(-0.001, 9);
  });

  test('a measurement of zero seconds is a measurement', () => {
    expect(judge(60, 0)).toEqual({ status: 'met', marginSeconds: 60 });
  });

  test('without a measurement it is never a pass', () => {
    fc.assert(
      fc.property(seconds, (target) => {
        expect(judge(target, undefined)).toEqual({ status: 'not measured', marginSeconds: null });
      }),
    );
  });

  test('it is met exactly when the margin is not negative, and margin and measurement make the target', () => {
    fc.assert(
      fc.property(seconds, seconds, (target, measured) => {
        const { status, marginSeconds } = judge(target, measured);
        expect(status).toBe(measured <= target ? 'met' : 'missed');
        expect(status === 'met').toBe((marginSeconds ?? Number.NaN) >= 0);
        expect((marginSeconds ?? Number.NaN) + measured).toBeCloseTo(target, 3);
      }),
    );
  });

  test('a longer measurement never turns missed into met', () => {
    fc.assert(
      fc.property(seconds, seconds, seconds, (target, measured, longer) => {
        if (judge(target, measured).status === 'missed') {
          expect(judge(target, measured + longer).status).toBe('missed');
        }
      }),
    );
  });

  test.each([-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a measurement of %s seconds is an error, not a verdict',
    (measured) => {
      expect(() => judge(60, measured)).toThrow(expect.objectContaining({ code: 'impossible-measurement' }));
    },
  );

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a target of %s seconds is an error', (target) => {
    expect(() => judge(target, 1)).toThrow(expect.objectContaining({ code: 'impossible-target' }));
    expect(() => judge(target, undefined)).toThrow(expect.objectContaining({ code: 'impossible-target' }));
  });
});
