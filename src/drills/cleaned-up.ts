import type { RunOutcome } from './conclusion.ts';

/** What came of a clean-up. */
export type CleanedUp = Pick<RunOutcome, 'cleanup' | 'cleanupReason' | 'kept'> & { readonly detail: string };
