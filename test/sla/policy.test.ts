import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../src/kernel/severity.ts';
import {
  contradictionsOfServices,
  EXAMPLE_TARGETS,
  noticeOf,
  type PolicyFigures,
  type PolicyTargets,
  policyTargetsSchema,
  servicesTargetsSchema,
  targetsFor,
  termFor,
} from '../../src/sla/policy.ts';
import { changesBetween } from '../../src/sla/policy-change.ts';
import { MAX_TARGET_SECONDS, type Term } from '../../src/sla/term.ts';

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

  const figuresOf = (more: Partial<PolicyFigures>): PolicyFigures => ({
    ...{ targets: EXAMPLE_TARGETS, services: [], starts: {} },
    ...more,
  });
  const emergency = (change: Record<string, unknown>) => ({ targets: withEmergency(change) as PolicyTargets });
  const hours = (amount: number, counted: 'always' | 'business' = 'business'): Term => ({
    unit: 'hours',
    amount,
    counted,
  });
  const days: Term = { unit: 'working-days', amount: 2, due: 'end-of-day' };
  const SERVICE = '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64';
  const own = (more: object) => ({ services: [{ serviceId: SERVICE, severity: 'emergency' as const, ...more }] });

  test('changes name exactly the targets that differ', () => {
    expect(changesBetween(figuresOf({}), figuresOf({}))).toEqual([]);
    expect(changesBetween(figuresOf({}), figuresOf(emergency({ rpoSeconds: 3600 })))).toEqual([
      {
        ...{ severity: 'emergency', serviceId: null, target: 'rpoSeconds' },
        ...{ before: 86_400, after: 3600, isLooser: false },
      },
    ]);
  });

  test.each<[string, Partial<PolicyFigures>, Partial<PolicyFigures>, string, boolean]>([
    ['seconds that grow', {}, emergency({ rpoSeconds: 86_401 }), 'rpoSeconds', true],
    ['a term that is new', {}, emergency({ terms: { resolve: days } }), 'resolve', false],
    ['a term that is gone', emergency({ terms: { resolve: days } }), {}, 'resolve', true],
    [
      'the same hours in business time',
      emergency({ terms: { update: hours(2, 'always') } }),
      emergency({ terms: { update: hours(2) } }),
      'update',
      true,
    ],
    [
      'hours in the place of minutes, and fewer',
      emergency({ terms: { update: { unit: 'minutes', amount: 121, counted: 'business' } } }),
      emergency({ terms: { update: hours(2) } }),
      'update',
      false,
    ],
    ['a service that gets a longer target', {}, own({ recoverSeconds: 14_401 }), 'recoverSeconds', true],
    ['a service that loses a shorter target', own({ recoverSeconds: 60 }), {}, 'recoverSeconds', true],
    ['a service that gets a shorter target', {}, own({ rpoSeconds: 60 }), 'rpoSeconds', false],
  ])('%s is told', (_, before, after, target, isLooser) => {
    expect(changesBetween(figuresOf(before), figuresOf(after))).toMatchObject([{ target, isLooser }]);
  });

  test('what is as it was in other words is no change', () => {
    const before = figuresOf(emergency({ terms: { resolve: { unit: 'working-days', amount: 2, due: 'end-of-day' } } }));
    const after = figuresOf(emergency({ terms: { resolve: { due: 'end-of-day', amount: 2, unit: 'working-days' } } }));
    expect(changesBetween(before, after)).toEqual([]);
  });

  test('a service inherits what it has not of its own, and seconds of its own go before the term of its severity', () => {
    const figures = figuresOf({
      ...emergency({ terms: { respond: hours(1), resolve: days } }),
      ...own({ respondSeconds: 300, terms: { update: hours(4) } }),
    });
    const targets = targetsFor(figures, 'emergency', SERVICE);
    expect(targets).toMatchObject({
      respondSeconds: 300,
      recoverSeconds: 14_400,
      terms: { resolve: days, update: hours(4) },
    });
    expect(termFor(targets, 'respond')).toEqual({ unit: 'seconds', amount: 300, counted: 'always' });
    expect(termFor(targetsFor(figures, 'emergency'), 'respond')).toEqual(hours(1));
    expect(termFor(targetsFor(figures, 'general', SERVICE), 'update')).toBeUndefined();
  });

  test('targets of a service that contradict those of its severity are named', () => {
    const figures = figuresOf(own({ recoverSeconds: 600 }));
    expect(contradictionsOfServices(figures).map(({ field }) => field)).toEqual([
      '#/services/0/respondSeconds',
      '#/services/0/planSeconds',
    ]);
    expect(servicesTargetsSchema.safeParse([...figures.services, ...figures.services]).success).toBe(false);
  });
});
