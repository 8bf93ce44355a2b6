import type { z } from 'zod';
import { complainByOccasion, isFor, type PlacedStep } from './definition-applies.ts';
import type { ValidationCheck } from './definition-checks.ts';
import { damageProblems } from './definition-damage.ts';
import { complain, type Problem } from './definition-problem.ts';
import type { DrillStep } from './definition-steps.ts';
import { GO_AHEAD } from './go-ahead-name.ts';

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
  if (!steps.some((step) => isFor(step, 'drill'))) complain(context, ['steps'], 'no step applies to a drill');
  refuseNames(steps, context);
  const damage = damageProblems({ steps, validation });
  for (const { path, message } of damage) complain(context, path, message);
  validation.forEach((check, index) => {
    if (ONCE.has(check.check) && validation.findIndex((other) => other.check === check.check) < index) {
      complain(context, ['validation', index], `the ${check.check} check stands here twice`);
    }
  });
  complainByOccasion(steps, context, (placed) => [...orderProblems(placed), ...unprepared(placed, validation)]);
}

function refuseNames(steps: readonly DrillStep[], context: z.RefinementCtx): void {
  const manual = steps.map((step) => (step.step === 'manual' ? step.name : undefined));
  manual.forEach((name, index) => {
    if (name === 'respond' || name === 'plan') {
      complain(context, ['steps', index, 'name'], `${name} is a phase: give the step another name`);
    }
    if (name !== undefined && GO_AHEAD.test(name)) {
      complain(
        context,
        ['steps', index, 'name'],
        `${name} is what a recovery asks by itself: give the step another name`,
      );
    }
    if (name !== undefined && manual.indexOf(name) < index) {
      complain(context, ['steps', index, 'name'], `another manual step is called ${name}`);
    }
  });
}

function orderProblems(placed: readonly PlacedStep<DrillStep>[]): Problem[] {
  const names = placed.map(({ step }) => step.step);
  return placed.flatMap(({ step: { step }, index }, at) => {
    const problems: Problem[] = [];
    if (!SEVERAL.has(step) && names.indexOf(step) < at)
      problems.push({ path: ['steps', index], message: `a drill has one ${step} step` });
    const before = NEEDED_BEFORE[step];
    if (before !== undefined && !names.slice(0, at).includes(before)) {
      problems.push({ path: ['steps', index], message: `${step} needs a ${before} step before it` });
    }
    return problems;
  });
}

function unprepared(placed: readonly PlacedStep<DrillStep>[], validation: readonly ValidationCheck[]): Problem[] {
  // Nothing to be said of an occasion for which there is nothing.
  if (placed.length === 0) return [];
  const names = placed.map(({ step }) => step.step);
  const isBeyond = placed.some(({ step }) => step.step === 'postgres' && step.recoverTo !== 'restorePoint');
  return validation.flatMap((check, index) => {
    const messages = missingFor(check, names);
    if (check.check === 'tables' && isBeyond) {
      messages.push('the tables check compares with the moment of the backup: it needs recoverTo: restorePoint');
    }
    return messages.map((message) => ({ path: ['validation', index], message }));
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
