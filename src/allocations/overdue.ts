import type { Temporal } from 'temporal-polyfill';
import type { Holder, Purpose } from './allocation.ts';

/** Something that is out and should be back. */
export interface OverdueLine {
  readonly lineId: string;
  readonly allocation: { readonly id: string; readonly code: string; readonly purpose: Purpose };
  readonly holder: Holder;
  readonly service: { readonly id: string; readonly name: string } | null;
  readonly kind: 'unit' | 'stock' | 'seat';
  readonly quantity: number;
  /** What it is: a unit's serial and part number, a part number, an entitlement's name. */
  readonly label: string;
  readonly partId: string | null;
  readonly unitId: string | null;
  readonly entitlementId: string | null;
  readonly dueAt: Temporal.Instant;
  /** Whole days since it was due. */
  readonly daysOverdue: number;
}

/** Days after the due date on which somebody is reminded; from the last one on, once a week. */
const REMINDED_AFTER_DAYS = [1, 3, 7, 14] as const;
const WEEK_DAYS = 7;

/**
 * The latest day of reminding that has come: 1, 3, 7, 14, 21, ...; undefined before the first one. After a pause of the
 * service only the latest is caught up with.
 * @param daysOverdue whole days since the due date.
 */
export function reminderDay(daysOverdue: number): number | undefined {
  const last = REMINDED_AFTER_DAYS[REMINDED_AFTER_DAYS.length - 1] ?? 0;
  if (daysOverdue >= last) return last + Math.floor((daysOverdue - last) / WEEK_DAYS) * WEEK_DAYS;
  return REMINDED_AFTER_DAYS.findLast((day) => day <= daysOverdue);
}
