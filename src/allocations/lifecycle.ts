import type { AllocationForm, HolderKind, LineState, Purpose } from './allocation.ts';

/** A line as it is under the lock, when something is about to happen to it. */
export interface LockedLine {
  readonly id: string;
  readonly position: number;
  readonly kind: 'unit' | 'stock' | 'seat';
  /** As the clock of the database judges it: a dead hold is `expired`. */
  readonly state: LineState;
  readonly quantity: number;
  readonly partId: string | null;
  readonly unitId: string | null;
  readonly stockId: string | null;
  readonly entitlementId: string | null;
  readonly serial: string | null;
  readonly assetTag: string | null;
  /** What it is, for messages: `SN-1 of PSU-750W`, `PSU-750W`, `Database Standard`. */
  readonly label: string;
  readonly rootLineId: string;
  readonly isPinned: boolean;
  readonly isFromReserve: boolean;
  readonly beginsAt: Date;
  /** Null for an issue without a due date. */
  readonly endsAt: Date | null;
  readonly expiresAt: Date | null;
  readonly dueAt: Date | null;
  readonly endedAt: Date | null;
}

/** An allocation that nobody else can change until the transaction ends, with its pools locked and its lines. */
export interface LockedAllocation {
  readonly id: string;
  readonly code: string;
  readonly form: AllocationForm;
  readonly purpose: Purpose;
  readonly severity: string | null;
  readonly holder: { readonly kind: HolderKind; readonly id: string };
  readonly serviceId: string | null;
  readonly reserveReason: string | null;
  readonly isCollected: boolean;
  /** The database's clock, read under the lock. */
  readonly now: Date;
  readonly lines: readonly LockedLine[];
}

/** Which allocation is to change, and the version of it that the caller has read, when it has to name one. */
export interface AllocationTarget {
  readonly id: string;
  /** What the caller takes it for: the path that it used. Left out: anything. */
  readonly form?: AllocationForm | undefined;
  readonly expectedVersion?: number | undefined;
}

/** An instant as messages show it: seconds are enough. */
export function shown(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What a person reads of a line that is not what it should be for this. */
export function stateInWords(line: LockedLine): string {
  if (line.state === 'expired') return `expired at ${shown(line.expiresAt ?? line.endedAt ?? line.beginsAt)}`;
  if (line.state === 'held') return 'held, not handed out';
  if (line.state === 'issued') return 'handed out';
  return `${line.state}${line.endedAt ? ` since ${shown(line.endedAt)}` : ''}`;
}
