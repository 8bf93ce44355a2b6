import type { SeverityTargets } from '../sla/policy.ts';
import { SECONDS_OF } from './objectives.ts';
import {
  type AvailabilityVerdict,
  availabilityFailed,
  type RunStatus,
  type Target,
  type VerdictOutcome,
} from './run.ts';

/** Why a drill proves nothing of its service at this moment; `proven` when it does. */
export const PROOF_STANDINGS = [
  'proven',
  'never run',
  'cannot run',
  'failed',
  'resources not assessed',
  'resources missing',
  'definition changed',
  'targets changed',
  'example targets',
  'too old',
] as const;
type ProofStanding = (typeof PROOF_STANDINGS)[number];

/** The newest full run of a drill that somebody could judge: aborted and interrupted ones say nothing either way. */
export interface AssessedRun {
  readonly id: string;
  readonly drill: string;
  readonly status: RunStatus;
  readonly procedure: VerdictOutcome;
  readonly procedureReason: string;
  readonly availability: AvailabilityVerdict['outcome'];
  readonly availabilityReason: string;
  readonly definitionSha256: string | null;
  readonly finishedAt: Date;
  /** Null where the service was not validated. */
  readonly technicalRtaSeconds: number | null;
  /** What was restored; null where the drill restores nothing, or found nothing to restore. */
  readonly recoveryPointId: string | null;
  /** What it was judged by. */
  readonly targets: readonly { readonly target: Target; readonly targetSeconds: number }[];
}

/** What a drill has to be held against. */
export interface ProofQuestion {
  readonly maxProofAgeDays: number;
  /** SHA-256 of the drill's file as it is now; null when it is no drill. */
  readonly definitionSha256: string | null;
  /** What the policy promises now for the service at the severity that the drill rehearses, as the drill tightens it. */
  readonly targets: SeverityTargets;
  /** Nobody has committed to the policy yet. */
  readonly isExample: boolean;
  readonly now: Date;
}

/** What one drill proves of its service. */
export interface DrillProof {
  readonly standing: ProofStanding;
  /** A sentence for people; it names figures. */
  readonly reason: string;
  /** Until when the proof holds, if nothing changes; null when there is none. */
  readonly until: Date | null;
}

const DAY_MS = 86_400_000;

/**
 * Whether the newest assessed run of a drill proves that its service can be recovered: it was a full run, with the definition
 * and the targets as they are now, it passed both verdicts, and it is not older than the service allows. A policy version that
 * leaves these targets alone changes nothing. A later run that failed takes the proof away.
 */
export function proofOf(run: AssessedRun | undefined, question: ProofQuestion): DrillProof {
  const refused = (standing: ProofStanding, reason: string): DrillProof => ({ standing, reason, until: null });
  if (question.definitionSha256 === null) return refused('cannot run', 'its file is no drill: see its problems');
  if (!run) return refused('never run', 'no full run has come to a verdict');
  const on = run.finishedAt.toISOString().slice(0, 10);
  if (run.procedure !== 'passed') return refused('failed', `the run of ${on} failed: ${run.procedureReason}`);
  if (availabilityFailed(run.availability)) {
    return refused('resources missing', `in the run of ${on} not everything was there: ${run.availabilityReason}`);
  }
  if (run.availability !== 'passed') {
    return refused(
      'resources not assessed',
      `the run of ${on} did not assess spares and seats: ${run.availabilityReason}`,
    );
  }
  if (run.definitionSha256 !== question.definitionSha256) {
    return refused('definition changed', `the drill was changed after the run of ${on}`);
  }
  if (question.isExample) return refused('example targets', 'nobody has committed to targets yet: confirm the policy');
  const changed = changedTargets(run, question.targets);
  if (changed.length > 0) {
    return refused(
      'targets changed',
      `since the run of ${on} the policy promises something else: ${changed.join(', ')}`,
    );
  }
  const until = new Date(run.finishedAt.getTime() + question.maxProofAgeDays * DAY_MS);
  if (until <= question.now) {
    return refused('too old', `proven on ${on}, and that holds for ${question.maxProofAgeDays} days`);
  }
  return { standing: 'proven', reason: `proven on ${on}, until ${until.toISOString().slice(0, 10)}`, until };
}

function changedTargets(run: AssessedRun, now: SeverityTargets): string[] {
  return run.targets.flatMap(({ target, targetSeconds }) => {
    const seconds = now[SECONDS_OF[target]];
    return seconds === targetSeconds ? [] : [`${target} ${seconds} s, then ${targetSeconds} s`];
  });
}

/** What all drills of a service together prove: one that proves it is enough, and the longest proof counts. */
export function bestProof(proofs: readonly DrillProof[]): DrillProof | undefined {
  const proven = proofs.filter(({ standing }) => standing === 'proven');
  return proven.reduce<DrillProof | undefined>(
    (best, proof) => ((proof.until?.getTime() ?? 0) > (best?.until?.getTime() ?? 0) ? proof : best),
    undefined,
  );
}
