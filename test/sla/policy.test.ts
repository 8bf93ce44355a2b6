import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../src/kernel/severity.ts';
import {
  changesBetween,
  EXAMPLE_TARGETS,
  MAX_TARGET_SECONDS,
  noticeOf,
  policyTargetsSchema,
} from '../../src/sla/policy.ts';

const withEmergency = (change: Record<string, unknown>) => ({
  ...EXAMPLE_TARGETS,
  emergency: { ...EXAMPLE_TARGETS.emergency, ...change },
});

const pathsOf = (input: unknown) =>
  policyTargetsSchema.safeParse(input).error?.issues.map((issue) => issue.path.join('.')) ?? [];

describe('a set of targets', () => {
  test('the example figures are a complete set', () => {
    expect(policyTargetsSchema.parse(EXAMPLE_TARGETS)).toEqual(EXAMPLE_TARGETS);
  });

  test.each(SEVERITIES)('is refused when %s is left out', (severity) => {
    const { [severity]: _, ...rest } = EXAMPLE_TARGETS;
    expect(pathsOf(rest)).toEqual([severity]);
  });

  test.each(['respondSeconds', 'planSeconds', 'recoverSeconds', 'rpoSeconds'] as const)(
    'is refused when %s is unset, null, zero, negative, a fraction, a string or longer than a year',
    (target) => {
      for (const wrong of [undefined, null, 0, -1, 1.5, '60', MAX_TARGET_SECONDS + 1, Number.NaN]) {
        expect(pathsOf(withEmergency({ [target]: wrong })), String(wrong)).toContain(`emergency.${target}`);
      }
    },
  );

  test('is refused when it names a target that there is not', () => {
    expect(policyTargetsSchema.safeParse(withEmergency({ respondMinutes: 15 })).success).toBe(false);
  });

  test.each(['respondSeconds', 'planSeconds'])('may have %s as long as recovery, but not longer', (target) => {
    const { recoverSeconds } = EXAMPLE_TARGETS.emergency;
    expect(pathsOf(withEmergency({ [target]: recoverSeconds }))).toEqual([]);
    expect(pathsOf(withEmergency({ [target]: recoverSeconds + 1 }))).toEqual([`emergency.${target}`]);
  });
});

describe('what is said about a version', () => {
  test('example figures carry the notice, confirmed ones do not', () => {
    expect(noticeOf({ origin: 'example' })).toBe('example targets, not your commitment');
    expect(noticeOf({ origin: 'confirmed' })).toBeNull();
  });

  test('changes name exactly the targets that differ', () => {
    expect(changesBetween(EXAMPLE_TARGETS, EXAMPLE_TARGETS)).toEqual([]);
    expect(changesBetween(EXAMPLE_TARGETS, withEmergency({ rpoSeconds: 3600 }) as typeof EXAMPLE_TARGETS)).toEqual([
      { severity: 'emergency', target: 'rpoSeconds', beforeSeconds: 86_400, afterSeconds: 3600 },
    ]);
  });
});
