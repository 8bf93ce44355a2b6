import type { Severity } from '../kernel/severity.ts';
import type { Finding } from '../verification/finding.ts';
import type { Occasion } from './definition-applies.ts';

export const RUN_STATUSES = ['queued', 'running', 'completed', 'failed', 'aborted', 'interrupted', 'skipped'] as const;

/**
 * What became of the execution, whatever it found:
 * `completed`: every step was carried out (the validation may still have failed); `failed`: a step could not be;
 * `aborted`: a person cancelled it; `interrupted`: its process or host went away; `skipped`: not started, because an
 * earlier run of the same drill was still going.
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

export const TRIGGERS = ['manual', 'schedule', 'first-start'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const VALIDATION_STATUSES = ['not reached', 'passed', 'failed'] as const;
export type ValidationStatus = (typeof VALIDATION_STATUSES)[number];

export const CLEANUP_STATUSES = ['not needed', 'pending', 'done', 'failed', 'kept'] as const;

/**
 * `pending` after the end of a run: its leftovers lie on a host that has not come back yet. `kept`: the files of a run that
 * failed stay for a stated time, as the definition wants, and what a recovery has restored until a person discards it.
 */
export type CleanupStatus = (typeof CLEANUP_STATUSES)[number];

export const VERDICT_OUTCOMES = ['passed', 'failed', 'not assessed'] as const;
export type VerdictOutcome = (typeof VERDICT_OUTCOMES)[number];

/** `preempted`: everything was there, and then an emergency took some of it. */
export const AVAILABILITY_OUTCOMES = [...VERDICT_OUTCOMES, 'preempted'] as const;

/** A verdict always says why. */
export interface RunVerdict<Outcome = VerdictOutcome> {
  readonly outcome: Outcome;
  readonly reason: string;
}

export type AvailabilityVerdict = RunVerdict<(typeof AVAILABILITY_OUTCOMES)[number]>;

/** Whether something that a run needed was not there, or not for as long as it was needed. */
export function availabilityFailed(outcome: AvailabilityVerdict['outcome']): boolean {
  return outcome === 'failed' || outcome === 'preempted';
}

/**
 * `full`: everything that the definition says. `availability`: the spares and seats are held and given back, and the backup is
 * looked up; nothing is restored, so that it proves no recovery. `recovery`: for a real incident; what is restored stays, and it
 * counts as no drill.
 */
export const RUN_MODES = ['full', 'availability', 'recovery'] as const;
export type RunMode = (typeof RUN_MODES)[number];

/** What of a definition a run of this mode carries out. */
export function occasionOf(mode: RunMode): Occasion {
  return mode === 'recovery' ? 'recovery' : 'drill';
}

export const TARGETS = ['respond', 'plan', 'recover', 'rpo'] as const;

/** The targets of the SLA policy. `recover` is the RTO; an unattended run measures it as the technical RTA. */
export type Target = (typeof TARGETS)[number];

/** How one target of the policy came out. */
export interface TargetResult {
  readonly target: Target;
  readonly targetSeconds: number | null;
  readonly actualSeconds: number | null;
  readonly result: 'met' | 'missed' | 'not measured';
  /** The definition demands it: a run that misses it or does not measure it is no success. */
  readonly required: boolean;
  readonly note: string | null;
}

/** One comparison of the validation. `not compared` is listed so that nobody takes it for checked. */
export interface DrillCheck {
  readonly kind: 'coverage' | 'table' | 'view' | 'canary' | 'sql' | 'rowCount' | 'file' | 'script' | 'http' | 'damage';
  readonly subject: string;
  readonly expected: string;
  readonly actual: string;
  readonly result: 'passed' | 'failed' | 'not compared';
}

/** One line of a run's log. */
export interface DrillLogLine {
  readonly at: Date;
  readonly level: 'info' | 'warn' | 'error';
  readonly phase: string | null;
  readonly message: string;
}

/** One execution of a drill, as its row stands. */
export interface DrillRun {
  readonly id: string;
  readonly drill: string;
  readonly service: string;
  readonly trigger: Trigger;
  readonly mode: RunMode;
  /** Of a recovery: who has confirmed that it is meant. */
  readonly requestedById: string | null;
  readonly requestedByName: string;
  /** Of a recovery: the case that it is for, if there is one, and why it was started. */
  readonly recoveryCase: string | null;
  readonly recoveryReason: string | null;
  readonly triggeredAt: Date;
  readonly status: RunStatus;
  readonly statusReason: string | null;
  readonly validation: ValidationStatus;
  readonly cleanup: CleanupStatus;
  readonly cleanupReason: string | null;
  /** How long the sandbox stays, or was to stay; null when it was removed at the end, and of a recovery until it is discarded. */
  readonly keptUntil: Date | null;
  /** What it took on the disk. */
  readonly keptSizeBytes: number | null;
  readonly procedure: VerdictOutcome;
  readonly procedureReason: string | null;
  readonly availability: AvailabilityVerdict['outcome'];
  readonly availabilityReason: string | null;
  /** The definition as it stood when the run began, byte for byte, and its SHA-256. */
  readonly definitionText: string | null;
  readonly definitionSha256: string | null;
  readonly severity: Severity | null;
  readonly policyVersion: number | null;
  /** The targets are the example of the first start, which nobody has committed to. */
  readonly policyExample: boolean | null;
  /** The drill passes when damage is found; nothing is restored, and nothing is proven. */
  readonly expectsDamage: boolean;
  readonly hostId: string | null;
  readonly workerProcess: string | null;
  readonly attempt: number;
  readonly heartbeatAt: Date | null;
  readonly leaseExpiresAt: Date | null;
  readonly cancelRequestedAt: Date | null;
  readonly cancelRequestedBy: string | null;
  readonly phase: string | null;
  /** Bytes that the present phase has moved, of all that it will; as of the last heartbeat. */
  readonly progressBytesDone: number | null;
  readonly progressBytesTotal: number | null;
  /** From the trigger to the moment that a worker took the run; part of `provision`. */
  readonly queuedSeconds: number | null;
  /** From the trigger to validated, monotonic; null when the data was not validated. */
  readonly technicalRtaSeconds: number | null;
  /** RPA: the age, at the trigger, of the data that came back; null when none was validated, for then none came back. */
  readonly rpaSeconds: number | null;
  readonly recoveryPointId: string | null;
  readonly recoveryPointSha256: string | null;
  /** The instant to which the recovery point brings the data back. */
  readonly recoveryPointAt: Date | null;
  readonly recoveryPointSizeBytes: number | null;
  /** Where the recovery point was fetched from, as people know it. */
  readonly repository: string | null;
  /** What the verification found. */
  readonly findings: readonly Finding[];
  /** What the scenario took away, in words. */
  readonly lost: readonly string[];
  /** What a reader of the report must know besides the figures. */
  readonly warnings: readonly string[];
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly version: number;
}

/** True once nothing about the run's result will change. */
export function isEnded(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/**
 * How old the chosen recovery point's data was at the trigger; null when none was chosen. A point that is younger than the
 * trigger has age 0: nothing would be lost.
 */
export function pointAgeSeconds(run: Pick<DrillRun, 'triggeredAt' | 'recoveryPointAt'>): number | null {
  if (run.recoveryPointAt === null) return null;
  return Math.max(0, run.triggeredAt.getTime() - run.recoveryPointAt.getTime()) / 1000;
}

/**
 * The exit status of a run for the command line: 0 only when the procedure passed and every required target was measured
 * and met, nothing that it needs was missing, and nothing was left behind; 1 otherwise, a run that has not ended included. A
 * run that only looks at the availability is judged by that, one that expects damage by whether it was found; a recovery leaves
 * what it has restored.
 */
export function exitStatusOf(
  run: Pick<DrillRun, 'status' | 'mode' | 'procedure' | 'availability' | 'cleanup' | 'expectsDamage'>,
  targets: readonly Pick<TargetResult, 'required' | 'result'>[],
): 0 | 1 {
  if (run.mode === 'availability') {
    return run.status === 'completed' && run.availability === 'passed' && run.cleanup === 'done' ? 0 : 1;
  }
  const required = targets.filter((target) => target.required);
  const met = required.length > 0 && required.every((target) => target.result === 'met');
  const passed = run.status === 'completed' && run.procedure === 'passed' && !availabilityFailed(run.availability);
  const cleanup = run.mode === 'recovery' ? 'kept' : 'done';
  return passed && run.cleanup === cleanup && (met || run.expectsDamage) ? 0 : 1;
}
