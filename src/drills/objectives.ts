import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { formatSeconds } from '../kernel/units.ts';
import { SECONDS_TARGETS, type SeverityTargets } from '../sla/policy.ts';
import type { Target } from './run.ts';

const seconds = (meaning: string) => z.int().min(1).max(31_622_400).optional().describe(meaning);

/** Targets of a drill's own. */
export const ownTargetsSchema = z
  .strictObject({
    respondSeconds: seconds('From the trigger until a person has taken the alarm'),
    planSeconds: seconds('From then until it is decided what to do'),
    recoverSeconds: seconds('From the trigger to validated'),
    rpoSeconds: seconds('Age of the data that comes back'),
  })
  .refine((targets) => Object.values(targets).some((one) => one !== undefined), 'must state a target')
  .describe('Targets that are tighter than those of the policy; a run is refused while one of them is looser');

export type OwnTargets = z.infer<typeof ownTargetsSchema>;

/** How the policy names the seconds of a target. */
export const SECONDS_OF = {
  respond: 'respondSeconds',
  plan: 'planSeconds',
  recover: 'recoverSeconds',
  rpo: 'rpoSeconds',
} as const satisfies Readonly<Record<Target, keyof SeverityTargets>>;

/** The targets of the policy with a drill's own in the place of those that they tighten; what is looser changes nothing. */
export function tightened(promised: SeverityTargets, own: OwnTargets | undefined): SeverityTargets {
  const judged = { ...promised };
  for (const name of SECONDS_TARGETS) judged[name] = Math.min(promised[name], own?.[name] ?? promised[name]);
  return judged;
}

/** @throws AppError `unprocessable` `looser-objectives`, with both figures of each target that is looser than the policy. */
export function requireTighter(promised: SeverityTargets, own: OwnTargets | undefined): void {
  const looser = SECONDS_TARGETS.flatMap((name) => {
    const wanted = own?.[name];
    if (wanted === undefined || wanted <= promised[name]) return [];
    return [
      `${name} ${wanted} (${formatSeconds(wanted)}) against ${promised[name]} (${formatSeconds(promised[name])})`,
    ];
  });
  if (looser.length === 0) return;
  const message = `The objectives of a drill may tighten the policy, never loosen it: ${looser.join(', ')}`;
  throw new AppError('unprocessable', 'looser-objectives', message);
}
