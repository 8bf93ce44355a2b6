import type { Tone } from '../parts/mark.tsx';
import { TONE_OF_VERDICT } from './backup-marks.tsx';
import { VERDICT_OF_FINDING } from './verdict-of-finding.ts';

export type FindingKind = keyof typeof VERDICT_OF_FINDING;

/** Whether this console has a word for a kind. */
export function isFindingKind(kind: string): kind is FindingKind {
  return Object.hasOwn(VERDICT_OF_FINDING, kind);
}

/** How bad a kind of finding is. */
export const TONE_OF_FINDING = Object.fromEntries(
  Object.entries(VERDICT_OF_FINDING).map(([kind, verdict]) => [kind, TONE_OF_VERDICT[verdict]]),
) as Record<FindingKind, Tone>;
