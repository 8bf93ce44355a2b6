import { Temporal } from 'temporal-polyfill';
import type { Severity } from '../kernel/severity.ts';

/** What an allocation began as. Its lines say what it is now. */
export const ALLOCATION_FORMS = ['hold', 'checkout', 'reservation'] as const;
export type AllocationForm = (typeof ALLOCATION_FORMS)[number];

/** What it is for. Drills and incidents have a severity, loans and maintenance have none. */
export const PURPOSES = ['loan', 'maintenance', 'drill', 'incident'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Who can have things. */
export const HOLDER_KINDS = ['person', 'team', 'service', 'project'] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

/**
 * `held -> issued -> returned | consumed | deployed | lost | damaged`, `held -> released | expired | preempted`.
 * A held line whose time is over reads as `expired`, whether or not anybody has noted it.
 */
export const LINE_STATES = [
  'held',
  'issued',
  'returned',
  'consumed',
  'deployed',
  'lost',
  'damaged',
  'released',
  'expired',
  'preempted',
] as const;
export type LineState = (typeof LINE_STATES)[number];

export interface Holder {
  readonly kind: HolderKind;
  readonly id: string;
  readonly name: string;
}

/** One thing of an allocation: a unit, a quantity of one stock row, or seats of one entitlement. */
export interface AllocationLine {
  readonly id: string;
  readonly kind: 'unit' | 'stock' | 'seat';
  readonly state: LineState;
  readonly quantity: number;
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string } | null;
  readonly unit: { readonly id: string; readonly serial: string; readonly assetTag: string | null } | null;
  readonly stock: { readonly id: string; readonly lot: string; readonly expiresOn: string | null } | null;
  readonly entitlement: { readonly id: string; readonly name: string; readonly product: string } | null;
  /** Where it lies; null for seats and for what is no longer there. */
  readonly location: { readonly id: string; readonly code: string } | null;
  readonly from: Temporal.Instant;
  /** The end of what it occupies; null for an issue without a due date. */
  readonly until: Temporal.Instant | null;
  readonly expiresAt: Temporal.Instant | null;
  readonly dueAt: Temporal.Instant | null;
  readonly isOverdue: boolean;
  /** False: another unit of the part may be handed out in its place. */
  readonly isPinned: boolean;
  readonly isFromReserve: boolean;
  readonly deviceModelId: string | null;
  readonly assignee: string | null;
  /** The line that this one was split off. */
  readonly splitFrom: string | null;
  readonly issuedAt: Temporal.Instant | null;
  readonly endedAt: Temporal.Instant | null;
  readonly endNote: string | null;
}

/** Units, stock and seats that are held for, or issued to, one holder. */
export interface Allocation {
  readonly id: string;
  readonly number: number;
  /** What a label and a scanner know it by. */
  readonly code: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: Severity | null;
  readonly holder: Holder;
  readonly service: { readonly id: string; readonly name: string } | null;
  readonly note: string | null;
  readonly reserveReason: string | null;
  /** The open emergency that it was taken for; null also for what was taken before that had to be named. */
  readonly emergencyCase: string | null;
  readonly createdBy: { readonly id: string; readonly name: string } | null;
  readonly lines: readonly AllocationLine[];
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** The code of an allocation's number: `CO-000042`. */
export function allocationCode(number: number): string {
  return `CO-${String(number).padStart(6, '0')}`;
}

/** The number in a code, or undefined when it is none. Case and leading zeros do not matter. */
export function numberOfCode(code: string): number | undefined {
  const digits = /^co-0*(\d{1,15})$/i.exec(code.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** PostgreSQL's `infinity` has no instant: it reads as null, "without end". */
export function instantOrNull(value: Date | number | null): Temporal.Instant | null {
  if (value === null || typeof value === 'number') return null;
  return Temporal.Instant.fromEpochMilliseconds(value.getTime());
}
