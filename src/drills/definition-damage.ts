import type { ValidationCheck } from './definition-checks.ts';
import type { Problem } from './definition-problem.ts';
import type { DrillStep } from './definition-steps.ts';

/** What of a definition says whether damage is expected. */
interface StepsAndChecks {
  readonly steps: readonly DrillStep[];
  readonly validation: readonly ValidationCheck[];
}

/** The drill rehearses that damage is found: it passes when it is, restores nothing, and proves no recovery. */
export function expectsDamage({ steps }: Pick<StepsAndChecks, 'steps'>): boolean {
  return steps.some((step) => step.step === 'verify' && step.expect === 'damaged');
}

/** What a drill that expects damage may do besides: nothing damaged is ever unpacked. */
const HARMLESS: ReadonlySet<DrillStep['step']> = new Set(['fetch', 'verify', 'wait', 'manual']);

/** Steps and checks that do not go together with what `verify` expects. */
export function damageProblems({ steps, validation }: StepsAndChecks): Problem[] {
  if (!expectsDamage({ steps })) {
    return validation.flatMap(({ check }, index) =>
      check === 'damage'
        ? [{ path: ['validation', index], message: 'the damage check needs a verify step with expect: damaged' }]
        : [],
    );
  }
  return [
    ...steps.flatMap(({ step }, index) =>
      HARMLESS.has(step)
        ? []
        : [{ path: ['steps', index], message: `${step} would use what verify expects to be damaged: take it out` }],
    ),
    ...validation.flatMap(({ check }, index) =>
      check === 'damage'
        ? []
        : [{ path: ['validation', index], message: `with expect: damaged only the damage check says anything` }],
    ),
  ];
}
