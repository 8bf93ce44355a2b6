import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import {
  policyNoteSchema,
  policyTargetsSchema,
  type ServiceTargets,
  servicesTargetsSchema,
  startsSchema,
} from './policy.ts';

/** What a new version is to say, as whoever replaces or proposes it states it. */
export const policyReplacementSchema = z.strictObject({
  targets: policyTargetsSchema.describe('Every target of every severity, in seconds: none may be left out'),
  services: servicesTargetsSchema
    .optional()
    .describe('Targets of single services, all of them; left out: as they are now'),
  starts: startsSchema.optional(),
  note: policyNoteSchema.default(''),
});

export type PolicyReplacement = Omit<z.infer<typeof policyReplacementSchema>, 'services'> & {
  readonly services?: readonly ServiceTargets[] | undefined;
};

/** A version that somebody has proposed. */
export interface PolicyProposal {
  readonly id: string;
  /** The version that it was made for. */
  readonly baseVersion: number;
  readonly draft: PolicyReplacement;
  readonly proposedBy: { readonly id: string; readonly name: string };
  readonly createdAt: Temporal.Instant;
  readonly decision: PolicyDecision | null;
}

/** What became of a proposal. */
export interface PolicyDecision {
  readonly outcome: 'approved' | 'rejected';
  readonly note: string;
  /** That it became; null when it was rejected. */
  readonly policyVersion: number | null;
  readonly decidedBy: { readonly id: string; readonly name: string };
  readonly decidedAt: Temporal.Instant;
}
