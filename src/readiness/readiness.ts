import type { Temporal } from 'temporal-polyfill';
import type { LevelCount } from '../alerts/open-alerts.queries.ts';
import type { SetStatus } from '../backups/set-status.queries.ts';
import type { ProvingDrill, ServiceProof } from '../drills/service-proof.ts';
import type { Free } from '../services/coverage.ts';
import type { PoolCoverage } from '../services/pool-coverage.ts';
import type { Service } from '../services/service.ts';
import type { RunningClock } from '../sla/running-clocks.ts';
import type { Verdict } from '../verification/finding.ts';
import type { ReadinessReason } from './readiness-reason.ts';

/**
 * `ready`: proven, and nothing is missing at this moment. `not-ready`: something is known to be missing, or the recovery failed
 * when it was tried. `not-assessed`: nothing of that is known, but nobody can say that it would work.
 */
export const CONCLUSIONS = ['ready', 'not-ready', 'not-assessed'] as const;

export type Conclusion = (typeof CONCLUSIONS)[number];

/** How one backup set of a service stands against what the policy promises for the service. */
export interface SetReadiness {
  readonly id: string;
  /** Null when there is no set of this id. */
  readonly name: string | null;
  readonly isRetired: boolean;
  /** Undefined when there is no set of this id. */
  readonly status: SetStatus | undefined;
  /** Of the newest sound point; null without one. */
  readonly ageSeconds: number | null;
  /** What the policy in force promises for the service. */
  readonly rpoSeconds: number;
  /** What the set itself is watched by; null when its schedule alone says what is late. */
  readonly setRpoSeconds: number | null;
  /** Of the newest point, sound or not; null when it was never checked, or there is none. */
  readonly lastVerdict: { readonly pointId: string; readonly verdict: Verdict | null } | null;
}

/** What is known of a service when somebody asks whether it could be recovered now. */
export interface ReadinessFacts {
  readonly service: Service;
  readonly proof: ServiceProof;
  /** Of the policy in force. */
  readonly policyVersion: number;
  readonly sets: readonly SetReadiness[];
  readonly coverage: PoolCoverage;
}

/** The answer for one service at one moment, with what it rests on. */
export interface ServiceReadiness extends ReadinessFacts {
  readonly checkedAt: Temporal.Instant;
  readonly conclusion: Conclusion;
  readonly reasons: readonly ReadinessReason[];
  /** The run that counts, and the target of the policy in force. */
  readonly recovery: { readonly drill: ProvingDrill | undefined; readonly rtoSeconds: number };
  readonly alerts: {
    readonly byLevel: readonly LevelCount[];
    /** Of the most urgent level the one to look at first. */
    readonly worst: { readonly id: string; readonly text: string } | null;
  };
  /** Those that run out first. */
  readonly clocks: readonly (RunningClock & { readonly incidentId: string | null })[];
}

/** What certainly speaks against a recovery outweighs what is not known, and that outweighs everything else. */
export function conclusionOf(reasons: readonly Pick<ReadinessReason, 'effect'>[]): Conclusion {
  if (reasons.some(({ effect }) => effect === 'not-ready')) return 'not-ready';
  return reasons.length > 0 ? 'not-assessed' : 'ready';
}

/** The drill whose run counts: the one whose proof holds longest, else the one that ran last. */
export function countingDrill({ drills, until }: Pick<ServiceProof, 'drills' | 'until'>): ProvingDrill | undefined {
  if (until !== null) return drills.find((drill) => drill.until?.getTime() === until.getTime());
  const ran = drills.filter(({ run }) => run !== undefined);
  return ran.toSorted((one, other) => finishedMs(other) - finishedMs(one))[0];
}

const finishedMs = ({ run }: ProvingDrill) => run?.finishedAt.getTime() ?? 0;

/** What the loss of a service may take of something: the reserve is for emergencies. */
export function usableFor({ criticality }: Pick<Service, 'criticality'>, { ordinary, withReserve }: Free): number {
  return criticality === 'emergency' ? withReserve : ordinary;
}
