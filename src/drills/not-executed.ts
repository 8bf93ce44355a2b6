import { nameOf } from './cleanup.steps.ts';
import type { DrillDefinition } from './definition.ts';
import { isFor, type Occasion } from './definition-applies.ts';
import { PHASES, type Phase, type PhaseRecord } from './phase.ts';
import type { DrillReport } from './report.ts';
import { occasionOf, type RunMode } from './run.ts';
import type { StepAttempt } from './step-attempt.ts';

type NotExecuted = DrillReport['notExecuted'][number];

/**
 * What of a drill a run did not carry out: its phases, and of the definition the steps and checks of phases that did not come to
 * their end. How far a phase got that broke off is for its log to say, so all of its steps are named.
 */
export function notExecuted(
  mode: RunMode,
  phases: readonly PhaseRecord[],
  definition: DrillDefinition | undefined,
  attempts: readonly Pick<StepAttempt, 'position'>[],
): NotExecuted[] {
  const recordOf = (phase: Phase) => phases.find((record) => record.phase === phase);
  const left = phases
    .filter(({ status }) => status === 'not reached' || status === 'not measured')
    .map(({ phase, detail }): NotExecuted => ({ kind: 'phase', name: phase, reason: detail ?? NOT_THAT_FAR }));
  const occasion = occasionOf(mode);
  const steps = (definition?.steps ?? []).flatMap(({ step, ...rest }): NotExecuted[] => {
    const name = 'name' in rest ? `${step} ${rest.name}` : step;
    if (!isFor(rest, occasion)) return [{ kind: 'step', name, reason: ONLY_FOR_OTHERS[occasion] }];
    return because(recordOf(phaseOfStep(step))).map((reason) => ({ kind: 'step', name, reason }));
  });
  const checks = (definition?.validation ?? []).flatMap(({ check, ...rest }): NotExecuted[] => {
    const name = 'name' in rest ? `${check} ${rest.name}` : check;
    return because(recordOf('validate')).map((reason) => ({ kind: 'check', name, reason }));
  });
  const cleanup = (definition?.cleanup?.steps ?? []).flatMap((step, index): NotExecuted[] => {
    if (attempts.some(({ position }) => position === (definition?.steps.length ?? 0) + index)) return [];
    if (mode === 'recovery') return [{ kind: 'step', name: nameOf(step), reason: ONLY_FOR_OTHERS.recovery }];
    const [reason = 'it was left out: the log says why'] = because(recordOf('cleanup'));
    return [{ kind: 'step', name: nameOf(step), reason }];
  });
  return [...left, ...scenarioOf(mode, definition), ...steps, ...checks, ...cleanup];
}

const ONLY_FOR_OTHERS: Readonly<Record<Occasion, string>> = {
  drill: 'applies to recoveries only',
  recovery: 'applies to drills only',
};

/** What a real incident has taken away is no part of a scenario. */
function scenarioOf(mode: RunMode, definition: DrillDefinition | undefined): NotExecuted[] {
  if (mode !== 'recovery' || definition?.scenario.lost === undefined) return [];
  return [{ kind: 'scenario', name: 'what is lost in the scenario', reason: ONLY_FOR_OTHERS.recovery }];
}

const NOT_THAT_FAR = 'the run did not get that far';

/** A step that is named as a phase is that phase; all others restore. */
function phaseOfStep(step: string): Phase {
  return PHASES.find((phase) => phase === step) ?? 'restore';
}

function because(record: PhaseRecord | undefined): string[] {
  if (record === undefined || record.status === 'done') return [];
  if (record.status === 'not reached') return [NOT_THAT_FAR];
  if (record.status === 'not measured') return ['its phase was not carried out'];
  return ['its phase ended early: the log says how far it got'];
}
