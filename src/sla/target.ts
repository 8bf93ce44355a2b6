import { AppError } from '../kernel/errors.ts';

type TargetStatus = 'met' | 'missed' | 'not measured';

/** How a measurement stands against its target. */
export interface Judgement {
  readonly status: TargetStatus;
  /** Target minus measurement: negative when missed, null when nothing was measured. */
  readonly marginSeconds: number | null;
}

/**
 * Judges one measurement against one target. Exactly on the target is met; without a measurement it is never a pass.
 * @throws AppError `internal` when the target is not a positive finite number of seconds, or the measurement is negative,
 *   NaN or infinite: neither can be a duration, and judging it would turn a fault of measuring into a verdict.
 */
export function judge(targetSeconds: number, measuredSeconds: number | undefined): Judgement {
  if (!Number.isFinite(targetSeconds) || targetSeconds <= 0) {
    throw new AppError(
      'internal',
      'impossible-target',
      `A target of ${targetSeconds} seconds cannot be judged against`,
    );
  }
  if (measuredSeconds === undefined) return { status: 'not measured', marginSeconds: null };
  if (!Number.isFinite(measuredSeconds) || measuredSeconds < 0) {
    throw new AppError('internal', 'impossible-measurement', `${measuredSeconds} seconds is not a measured duration`);
  }
  return {
    status: measuredSeconds <= targetSeconds ? 'met' : 'missed',
    marginSeconds: targetSeconds - measuredSeconds,
  };
}
