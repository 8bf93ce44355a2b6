import type { Temporal } from 'temporal-polyfill';
import type { FileForm } from './file-form.ts';

export const IMPORT_STATES = ['read', 'checked', 'applied', 'failed'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

export const OUTCOMES = ['create', 'update', 'unchanged', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One column of a file, and the field that it was taken for; null when it is left aside. */
export interface FileColumn {
  readonly header: string;
  readonly field: string | null;
}

/** One file that was sent in: what it is, how it was understood and how far it is. */
export interface Import extends FileForm {
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly columns: readonly FileColumn[];
  readonly mappingName: string | null;
  readonly state: ImportState;
  /** Why the last step was not done; null when it was. */
  readonly failure: string | null;
  readonly counts: ImportCounts;
  readonly progress: ImportProgress | null;
  readonly createdAt: Temporal.Instant;
  readonly checkedAt: Temporal.Instant | null;
  readonly appliedAt: Temporal.Instant | null;
}

/** Lines by what they would do, or did. */
export interface ImportCounts {
  readonly lines: number;
  readonly creates: number;
  readonly updates: number;
  readonly unchanged: number;
  readonly errors: number;
}

/** How far the step is that is under way. Counted in lines; the total is null while the file is read. */
export interface ImportProgress {
  readonly step: 'reading' | 'checking' | 'applying';
  readonly done: number;
  readonly total: number | null;
}

/** Called as lines are done. */
export type OnProgress = (progress: ImportProgress) => Promise<void> | void;

/** What is wrong with a line. The field is null where it concerns the line as a whole. */
export interface FieldTrouble {
  readonly field: string | null;
  readonly message: string;
}

/** What a line would change about a field, both as a cell would say it. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** One line of a file, and what it would do. */
export interface ImportLine {
  readonly line: number;
  readonly outcome: Outcome;
  /** What the fields of the kind say, in their order; null where a cell says nothing. */
  readonly cells: readonly (string | null)[];
  readonly problems: readonly FieldTrouble[];
  /** Of an update; of a new thing everything is new. */
  readonly changes: readonly FieldChange[];
  /** The thing that was there; null for a new one. */
  readonly subjectId: string | null;
}
