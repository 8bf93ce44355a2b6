import type { DrillDefinition } from './definition.ts';

/** A run whose definition does not say otherwise is given up when it has not begun after an hour. */
const START_WITHIN_MINUTES = 60;

/** How long a run may wait for its turn: nobody wants a drill of this morning in the evening. */
export function startWithinSecondsOf(definition: DrillDefinition | undefined): number {
  return (definition?.schedule?.startWithinMinutes ?? START_WITHIN_MINUTES) * 60;
}
