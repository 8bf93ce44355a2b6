import type { z } from 'zod';
import type { ValidationCheck } from './definition-checks.ts';
import { damageProblems } from './definition-damage.ts';
import type { DrillStep } from './definition-steps.ts';

type StepName = DrillStep['step'];

/** What must stand before each step: nothing is unpacked that was not verified, nothing verified that was not fetched. */
const NEEDED_BEFORE: Readonly<Record<StepName, StepName | undefined>> = {
  fetch: undefined,
  verify: 'fetch',
  extract: 'verify',
  postgres: 'extract',
  sqlite: 'extract',
  run: 'extract',
  serve: 'extract',
  http: undefined,
  wait: undefined,
  manual: undefined,
};

/** Steps that a drill may have several of. */
const SEVERAL: ReadonlySet<StepName> = new Set(['run', 'serve', 'http', 'wait', 'manual']);

/** The part of a definition that must fit together. */
export interface StepsAndChecks {
  readonly steps: DrillStep[];
  readonly validation: ValidationCheck[];
}

/** Refuses steps that cannot work in their order, and checks that no step prepares. */
export function refuseUnordered({ steps, validation }: StepsAndChecks, context: z.RefinementCtx): void {
  const names = steps.map(({ step }) => step);
  names.forEach((step, index) => {
    if (!SEVERAL.has(step) && names.indexOf(step) < index)
      complain(context, ['steps', index], `a drill has one ${step} step`);
    const before = NEEDED_BEFORE[step];
    if (before !== undefined && !names.slice(0, index).includes(before)) {
      complain(context, ['steps', index], `${step} needs a ${before} step before it`);
    }
  });
  const manual = steps.map((step) => (step.step === 'manual' ? step.name : undefined));
  manual.forEach((name, index) => {
    if (name === 'respond' || name === 'plan') {
      complain(context, ['steps', index, 'name'], `${name} is a phase: give the step another name`);
    }
    if (name !== undefined && manual.indexOf(name) < index) {
      complain(context, ['steps', index, 'name'], `another manual step is called ${name}`);
    }
  });
  const damage = damageProblems({ steps, validation });
  for (const { path, message } of damage) complain(context, path, message);
  const isBeyond = steps.some((step) => step.step === 'postgres' && step.recoverTo !== 'restorePoint');
  validation.forEach((check, index) => {
    for (const missing of missingFor(check, names)) complain(context, ['validation', index], missing);
    if (check.check === 'tables' && isBeyond) {
      const message = 'the tables check compares with the moment of the backup: it needs recoverTo: restorePoint';
      complain(context, ['validation', index], message);
    }
    if (ONCE.has(check.check) && validation.findIndex((other) => other.check === check.check) < index) {
      complain(context, ['validation', index], `the ${check.check} check stands here twice`);
    }
  });
}

/** Checks of which a second one says nothing new. */
const ONCE: ReadonlySet<ValidationCheck['check']> = new Set(['tables', 'canary', 'damage']);

const PREPARES = {
  postgres: 'a postgres step that starts the server',
  sqlite: 'a sqlite step that opens the database',
  extract: 'an extract step that restores the files',
};

function missingFor(check: ValidationCheck, names: readonly StepName[]): string[] {
  const needs = (step: keyof typeof PREPARES) =>
    names.includes(step) ? [] : [`the ${check.check} check needs ${PREPARES[step]}`];
  if (check.check === 'http' || check.check === 'damage') return [];
  if (check.check === 'files' || check.check === 'script') return needs('extract');
  if (check.check !== 'sql' && check.check !== 'rowCounts') return needs('postgres');
  if (check.on !== undefined) return needs(check.on);
  const both = names.includes('postgres') && names.includes('sqlite');
  if (both) return [`the ${check.check} check must say on which database: on: postgres or on: sqlite`];
  if (names.includes('postgres') || names.includes('sqlite')) return [];
  return [`the ${check.check} check needs a postgres or a sqlite step`];
}

/** Adds a problem at a place of the definition. */
export function complain(context: z.RefinementCtx, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}
