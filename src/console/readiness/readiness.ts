import type { paths } from '../api/api.generated.d.ts';
import type { Tone } from '../parts/mark.tsx';

/** The answer for one service: could it be recovered now, and why not. */
export type Readiness = paths['/readiness/{id}']['get']['responses'][200]['content']['application/json'];

export type Reason = Readiness['reasons'][number];
export type RecoveryPointRow = Readiness['recoveryPoints'][number];
export type ResourceRow = Readiness['resources'][number];

/** Judged anew so often while a page is open. */
export const REFRESH_MS = 30_000;

export const TONE_OF_CONCLUSION: Readonly<Record<Readiness['conclusion'], Tone>> = {
  ready: 'good',
  'not-ready': 'bad',
  'not-assessed': 'warn',
};
