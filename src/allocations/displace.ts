import type { Purpose } from './allocation.ts';

/** A line that was taken from its holder for an emergency. */
export interface Displaced {
  readonly lineId: string;
  readonly allocationId: string;
  /** Of the allocation: what a label knows it by. */
  readonly code: string;
  readonly purpose: Purpose;
  readonly holder: string;
  readonly what: string;
  readonly quantity: number;
}
