import type { Verdict } from './backup-api.ts';

/** The verdict that each kind of finding calls for. The server has the table; a test holds this one to it. */
export const VERDICT_OF_FINDING = {
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
