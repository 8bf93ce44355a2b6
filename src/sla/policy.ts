import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { longText } from '../kernel/text.ts';

/** The longest target there can be: a year. What is longer than that is no emergency figure but a slip of the keyboard. */
export const MAX_TARGET_SECONDS = 366 * 86_400;

/** What every report prints for as long as nobody has confirmed or replaced the example figures. */
export const EXAMPLE_NOTICE = 'example targets, not your commitment';

const seconds = (meaning: string) => z.int().min(1).max(MAX_TARGET_SECONDS).describe(meaning);

/** The targets of one severity: all of them are required, because an unset target is never read as 0. */
const severityTargetsSchema = z
  .strictObject({
    respondSeconds: seconds('From the notification to the first qualified response'),
    planSeconds: seconds('From the response to an agreed plan of recovery'),
    recoverSeconds: seconds('RTO: from the notification until the service runs again'),
    rpoSeconds: seconds('RPO: the oldest that the data which comes back may be'),
  })
  .superRefine((targets, context) => {
    for (const part of ['respondSeconds', 'planSeconds'] as const) {
      if (targets[part] > targets.recoverSeconds) {
        context.addIssue({
          code: 'custom',
          path: [part],
          message: `must not be longer than recoverSeconds (${targets.recoverSeconds}), which includes it`,
        });
      }
    }
  });

/** A complete set of targets, one entry for each severity. */
export const policyTargetsSchema = z.strictObject({
  emergency: severityTargetsSchema,
  important: severityTargetsSchema,
  general: severityTargetsSchema,
} satisfies Record<Severity, z.ZodType>);

export const policyNoteSchema = longText(2000).describe('Why these figures: the contract, the decision, the meeting');

export type SeverityTargets = z.infer<typeof severityTargetsSchema>;
export type PolicyTargets = z.infer<typeof policyTargetsSchema>;

/** `example`: made by the first start. `confirmed`: a principal stands for the figures. */
export type PolicyOrigin = 'example' | 'confirmed';

/** One version of the policy. It never changes; a new commitment is a new version. */
export interface SlaPolicy {
  readonly version: number;
  readonly origin: PolicyOrigin;
  readonly targets: PolicyTargets;
  readonly note: string;
  readonly createdAt: Temporal.Instant;
  /** Who stands for a confirmed version; null for the example, which is nobody's commitment. */
  readonly confirmedBy: { readonly id: string; readonly name: string } | null;
}

/** The figures of the first start. They are round and plainly invented, so that nobody takes them for a contract. */
export const EXAMPLE_TARGETS: PolicyTargets = {
  emergency: { respondSeconds: 900, planSeconds: 3600, recoverSeconds: 14_400, rpoSeconds: 86_400 },
  important: { respondSeconds: 3600, planSeconds: 14_400, recoverSeconds: 86_400, rpoSeconds: 172_800 },
  general: { respondSeconds: 28_800, planSeconds: 86_400, recoverSeconds: 259_200, rpoSeconds: 604_800 },
};

/** What this version promises for one severity. */
export function targetsFor(policy: SlaPolicy, severity: Severity): SeverityTargets {
  return policy.targets[severity];
}

/** The sentence that a report must print above figures of this version, or null when they are a commitment. */
export function noticeOf(policy: Pick<SlaPolicy, 'origin'>): string | null {
  return policy.origin === 'example' ? EXAMPLE_NOTICE : null;
}

/** One target that two versions set differently. */
export interface TargetChange {
  readonly severity: Severity;
  readonly target: keyof SeverityTargets;
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
}

/** Every target that differs between two versions, for the audit trail. */
export function changesBetween(before: PolicyTargets, after: PolicyTargets): TargetChange[] {
  return SEVERITIES.flatMap((severity) =>
    (Object.keys(before[severity]) as (keyof SeverityTargets)[])
      .filter((target) => before[severity][target] !== after[severity][target])
      .map((target) => ({
        severity,
        target,
        beforeSeconds: before[severity][target],
        afterSeconds: after[severity][target],
      })),
  );
}
