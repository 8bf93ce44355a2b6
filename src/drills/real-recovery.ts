import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { lineText, longText } from '../kernel/text.ts';
import type { DrillDefinition } from './definition.ts';
import { isFor } from './definition-applies.ts';
import { expectsDamage } from './definition-damage.ts';
import type { DrillRun } from './run.ts';

/** What whoever starts a recovery for a real incident says. */
export const recoveryStartSchema = z
  .strictObject({
    confirm: lineText(63).describe('The name of the drill once more: this is no drill'),
    case: lineText(200)
      .optional()
      .describe(
        'The open case that it is for, as its SLA clocks have it as their subject; an emergency gives its rights',
      ),
    reason: longText(1000).optional().describe('Why it is started; must be said where no case is named'),
  })
  .describe('With mode=recovery, and only then: the recovery is meant, and what for');

export type RecoveryStart = z.infer<typeof recoveryStartSchema>;

/** What a run is for that is a recovery; null for a drill, which has neither. */
export function recoveryOf({ recoveryCase, recoveryReason }: DrillRun) {
  if (recoveryCase === null && recoveryReason === null) return null;
  return { case: recoveryCase, reason: recoveryReason };
}

/** @throws AppError with the field that says what is wrong with the start of a recovery. */
export function refuseStart(kind: 'invalid' | 'unprocessable', code: string, field: string, message: string): AppError {
  return new AppError(kind, code, `The recovery cannot be started: ${message}`, {
    fields: [{ field: `#/recovery${field}`, message }],
  });
}

/**
 * The definition has something that a real recovery can do.
 * @throws AppError `unprocessable` `nothing-to-recover`.
 */
export function requireRecoverable(definition: DrillDefinition): void {
  const why = expectsDamage(definition)
    ? 'the drill looks for damage, and restores nothing'
    : definition.steps.some((step) => isFor(step, 'recovery'))
      ? undefined
      : 'every step of the drill applies to drills only';
  if (why !== undefined)
    throw new AppError('unprocessable', 'nothing-to-recover', `Nothing would be recovered: ${why}`);
}
