import type { Tone } from '../parts/mark.tsx';
import type { Verdict } from './backup-api.ts';
import { TONE_OF_VERDICT } from './backup-marks.tsx';

/** The verdict that each kind of finding calls for, as the documentation has it. */
const VERDICT_OF_FINDING = {
  missing: 'missing',
  empty: 'damaged',
  truncated: 'damaged',
  corrupt: 'damaged',
  unreadable: 'damaged',
  altered: 'altered',
  hostile: 'hostile',
  unexpected: 'suspect',
  'mismatched-type': 'suspect',
  'changed-while-read': 'suspect',
  'unstable-read': 'suspect',
  suspect: 'suspect',
  incomplete: 'suspect',
  'no-access': 'unverifiable',
  'no-key': 'unverifiable',
  unsigned: 'unverifiable',
  'unknown-format': 'unverifiable',
  'no-record': 'unverifiable',
} as const satisfies Record<string, Verdict>;

export type FindingKind = keyof typeof VERDICT_OF_FINDING;

/** Whether this console has a word for a kind. */
export function isFindingKind(kind: string): kind is FindingKind {
  return Object.hasOwn(VERDICT_OF_FINDING, kind);
}

/** How bad a kind of finding is. */
export const TONE_OF_FINDING = Object.fromEntries(
  Object.entries(VERDICT_OF_FINDING).map(([kind, verdict]) => [kind, TONE_OF_VERDICT[verdict]]),
) as Record<FindingKind, Tone>;
