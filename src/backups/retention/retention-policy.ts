import { z } from 'zod';
import { GENERATIONS, type GenerationName } from './generation.ts';

/**
 * How much of a set is kept: the youngest sound recovery points, and of each generation the newest sound one of so many of its
 * periods. A point that fills any of these places stays.
 */
export interface RetentionPolicy extends Readonly<Record<GenerationName, number>> {
  /** The youngest sound points, whatever their time; at least 1, so that the last sound point never goes. */
  readonly minimumCopies: number;
}

const KEPT_MAX = 10_000;

const generation = (what: string) =>
  z.int().min(0).max(KEPT_MAX).describe(`The newest sound recovery point of so many ${what} that have one; 0: none`);

/** Everything that a policy says. */
export const retentionPolicySchema = z.strictObject({
  minimumCopies: z.int().min(1).max(KEPT_MAX).describe('The youngest sound recovery points, whatever their time'),
  hourly: generation('hours'),
  daily: generation('days'),
  weekly: generation('ISO weeks'),
  monthly: generation('months'),
  yearly: generation('years'),
});

/** A change of a policy: what is named replaces what was there. */
export const retentionPolicyChangeSchema = retentionPolicySchema
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type RetentionPolicyChange = z.infer<typeof retentionPolicyChangeSchema>;

/** A policy as people say it: `7 copies, 12 monthly`. */
export function policyText(policy: RetentionPolicy): string {
  const { minimumCopies } = policy;
  const generations = GENERATIONS.filter((name) => policy[name] > 0).map((name) => `${policy[name]} ${name}`);
  return [minimumCopies === 1 ? '1 copy' : `${minimumCopies} copies`, ...generations].join(', ');
}
