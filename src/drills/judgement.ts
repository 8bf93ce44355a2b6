import { formatSeconds } from '../kernel/units.ts';
import type { SeverityTargets } from '../sla/policy.ts';
import { judge } from '../sla/target.ts';
import { type OwnTargets, SECONDS_OF, tightened } from './objectives.ts';
import type { RunMode, RunStatus, RunVerdict, Target, TargetResult, ValidationStatus } from './run.ts';

/** What a run measured, as far as it got. */
export interface Measured {
  /** Of people: null when nobody was asked, or nobody answered. */
  readonly respondSeconds: number | null;
  readonly planSeconds: number | null;
  /** Trigger to validated. */
  readonly technicalRtaSeconds: number | null;
  /** Of data that came back: the age of a backup that was not restored measures nothing. */
  readonly rpaSeconds: number | null;
}

/** What a drill says of its targets. */
interface Objectives {
  /** Those that the run must measure and meet. */
  readonly required: readonly Target[];
  readonly targets?: OwnTargets | undefined;
}

const NO_HUMAN = 'no person took part';
const NOTHING_CAME_BACK = 'no data was restored and validated';

/**
 * Judges every target of the policy, or the tighter one of the drill. `respond` and `plan` are a person's work, which an
 * unattended run does not measure; the rest is judged only where it was measured.
 */
export function judgeTargets(
  promised: SeverityTargets,
  measured: Measured,
  { required, targets: own }: Objectives,
): TargetResult[] {
  const targets = tightened(promised, own);
  const result = (target: Target, targetSeconds: number, actualSeconds: number | null, note: string | null) => ({
    target,
    targetSeconds,
    actualSeconds,
    result: judge(targetSeconds, actualSeconds ?? undefined).status,
    required: required.includes(target),
    note: notesOf(
      actualSeconds === null ? note : target === 'recover' ? 'technical RTA: from the trigger to validated' : null,
      targetSeconds < promised[SECONDS_OF[target]] ? promised[SECONDS_OF[target]] : null,
    ),
  });
  return [
    result('respond', targets.respondSeconds, measured.respondSeconds, NO_HUMAN),
    result('plan', targets.planSeconds, measured.planSeconds, NO_HUMAN),
    result('recover', targets.recoverSeconds, measured.technicalRtaSeconds, NOTHING_CAME_BACK),
    result('rpo', targets.rpoSeconds, measured.rpaSeconds, NOTHING_CAME_BACK),
  ];
}

function notesOf(note: string | null, promisedSeconds: number | null): string | null {
  if (promisedSeconds === null) return note;
  const tighter = `tighter than the policy, which promises ${formatSeconds(promisedSeconds)}`;
  return note === null ? tighter : `${note}; ${tighter}`;
}

/** What the verdict about the procedure rests on. */
export interface ProcedureFacts {
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly validation: ValidationStatus;
  readonly validationReason: string | null;
  readonly targets: readonly TargetResult[];
  /** Steps that failed, and the run went on; each with its reason. */
  readonly continued: readonly string[];
  /** Required roles that nobody filled. */
  readonly unfilled: readonly string[];
  /** The drill passes when damage is found, and restores nothing. */
  readonly expectsDamage: boolean;
}

/** Did it restore and validate, inside the targets that the definition requires? What failed on the way is told with it. */
export function procedureVerdict(facts: ProcedureFacts): RunVerdict {
  const { outcome, reason } = withPeople(facts.unfilled, judgedProcedure(facts));
  if (facts.continued.length === 0) return { outcome, reason };
  return { outcome, reason: `${reason}; failed on the way, and the run went on: ${facts.continued.join('; ')}` };
}

/** A run without somebody whom its definition requires is no success, however well it went. */
function withPeople(unfilled: readonly string[], { outcome, reason }: RunVerdict): RunVerdict {
  if (unfilled.length === 0) return { outcome, reason };
  const said = [reason, ...unfilled.map(nobodyFilled)].join('; ');
  return { outcome: outcome === 'passed' ? 'failed' : outcome, reason: said };
}

/** In words: that a required role was left open. */
export function nobodyFilled(role: string): string {
  return `nobody filled the required role ${role}`;
}

function judgedProcedure(facts: ProcedureFacts): RunVerdict {
  const { status, reason, validation } = facts;
  if (status === 'aborted' || status === 'interrupted') {
    return { outcome: 'not assessed', reason: `the run was ${status}${reason ? `: ${reason}` : ''}` };
  }
  if (facts.mode === 'availability') {
    return { outcome: 'not assessed', reason: 'availability only: nothing was restored, and no recovery is proven' };
  }
  if (status !== 'completed') return { outcome: 'failed', reason: reason ?? 'the run failed' };
  if (validation !== 'passed') {
    return { outcome: 'failed', reason: facts.validationReason ?? 'the restored data was not validated' };
  }
  if (facts.expectsDamage) {
    return {
      outcome: 'passed',
      reason: 'the damage was found, as expected; nothing was restored, and no recovery is proven',
    };
  }
  const short = facts.targets.filter((target) => target.required && target.result !== 'met');
  if (short.length > 0)
    return { outcome: 'failed', reason: `restored and validated, but ${short.map(shortfall).join('; ')}` };
  const required = facts.targets.filter((target) => target.required).map((target) => target.target);
  return { outcome: 'passed', reason: `restored and validated inside the required targets (${required.join(', ')})` };
}

/** In words: which target was missed by how much, or why it was not measured. */
export function shortfall(target: TargetResult): string {
  if (target.actualSeconds === null || target.targetSeconds === null) {
    return `${target.target} was not measured${target.note ? ` (${target.note})` : ''}`;
  }
  const over = formatSeconds(target.actualSeconds - target.targetSeconds);
  return `${target.target} took ${formatSeconds(target.actualSeconds)}, ${over} over the target of ${formatSeconds(target.targetSeconds)}`;
}
