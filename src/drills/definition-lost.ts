import type { z } from 'zod';
import { isFor } from './definition-applies.ts';
import { complain } from './definition-problem.ts';
import type { DrillStep } from './definition-steps.ts';

/** The data that a scenario takes away. */
export interface LostData {
  readonly data: readonly string[];
  readonly tables: readonly string[];
}

/** Steps that can bring rows back into the scratch server. */
const BRINGS_BACK: ReadonlySet<DrillStep['step']> = new Set(['run', 'manual']);

/** Refuses to take away data that no step brings, and tables that nothing could bring back. */
export function refuseLost(lost: LostData | undefined, all: readonly DrillStep[], context: z.RefinementCtx): void {
  const steps = all.filter((step) => isFor(step, 'drill')).map(({ step }) => step);
  const refuse = (key: keyof LostData, message: string) => complain(context, ['scenario', 'lost', key], message);
  if ((lost?.data.length ?? 0) > 0 && !steps.includes('extract')) {
    refuse('data', 'an extract step must bring the data that is lost');
  }
  if ((lost?.tables.length ?? 0) === 0) return;
  const started = steps.indexOf('postgres');
  if (started === -1) refuse('tables', 'a postgres step must bring the tables that are lost');
  else if (!steps.slice(started + 1).some((step) => BRINGS_BACK.has(step))) {
    refuse('tables', 'a run or manual step after postgres must bring back the tables that are lost');
  }
}
