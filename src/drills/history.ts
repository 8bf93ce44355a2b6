import { PHASES, type Phase } from './phase.ts';
import type { RunStatus, VerdictOutcome } from './run.ts';

/** With fewer measurements than this, percentiles say more about chance than about the recovery. */
export const RUNS_ENOUGH = 5;

/** Runs that a history looks back on. */
export const LAST_RUNS = { default: 50, max: 500 } as const;

/** A full run that has ended, as far as its history goes. */
export interface PastRun {
  readonly id: string;
  readonly drill: string;
  readonly triggeredAt: Date;
  readonly status: RunStatus;
  readonly procedure: VerdictOutcome;
  readonly technicalRtaSeconds: number | null;
  /** What the recovery time was held to; null for a run that was held to nothing. */
  readonly recoverTargetSeconds: number | null;
  /** Of the phases that came to their end. */
  readonly phaseSeconds: Readonly<Partial<Record<Phase, number>>>;
}

/** How long something took in several runs, in seconds. */
export interface Durations {
  /** Measurements; runs that did not get to the end of it are none. */
  readonly count: number;
  /** Fewer than {@link RUNS_ENOUGH}: the figures are what was measured, and no more. */
  readonly isTooFew: boolean;
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
  readonly maxSeconds: number | null;
}

/** What a number of runs came to. */
export interface History {
  readonly runCount: number;
  readonly passedCount: number;
  readonly failedCount: number;
  /** Aborted and interrupted runs, which say nothing either way. */
  readonly notAssessedCount: number;
  /** Passed among passed and failed; null without any. */
  readonly successRate: number | null;
  readonly technicalRta: Durations;
  readonly phases: readonly { readonly phase: Phase; readonly durations: Durations }[];
}

/** Sums runs up. The technical RTA is that of validated runs only, and a phase counts in every run in which it ended. */
export function historyOf(runs: readonly PastRun[]): History {
  const count = (outcome: VerdictOutcome) => runs.filter(({ procedure }) => procedure === outcome).length;
  const passedCount = count('passed');
  const failedCount = count('failed');
  const assessedCount = passedCount + failedCount;
  return {
    ...{ runCount: runs.length, passedCount, failedCount, notAssessedCount: runs.length - assessedCount },
    successRate: assessedCount === 0 ? null : passedCount / assessedCount,
    technicalRta: durationsOf(runs.map(({ technicalRtaSeconds }) => technicalRtaSeconds ?? undefined)),
    phases: PHASES.map((phase) => ({ phase, durations: durationsOf(runs.map((run) => run.phaseSeconds[phase])) })),
  };
}

function durationsOf(measured: readonly (number | undefined)[]): Durations {
  const sorted = measured.filter((seconds) => seconds !== undefined).toSorted((one, other) => one - other);
  return {
    count: sorted.length,
    isTooFew: sorted.length < RUNS_ENOUGH,
    p50Seconds: nearestRank(sorted, 50),
    p90Seconds: nearestRank(sorted, 90),
    maxSeconds: sorted.at(-1) ?? null,
  };
}

/**
 * The percentile by the nearest rank: the smallest value that at least so many per cent do not exceed, so that it is always one
 * that was measured (definition 1 of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996; PostgreSQL's
 * percentile_disc). Null without values.
 * @param sorted ascending.
 */
export function nearestRank(sorted: readonly number[], percent: number): number | null {
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? null;
}
