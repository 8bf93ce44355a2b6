import type { Caller } from '../auth/caller.ts';
import type { Permission } from '../auth/permissions.ts';
import type { Queryable, Tx } from '../database/database.ts';
import type { ReadCell } from './cell.ts';

/** A cell that says so empties what is there; one without anything leaves it. */
export const EMPTIED = '-';

/** One column that files of a kind can have. */
export interface ImportField {
  /** The header of our own exports: `part_number`. */
  readonly name: string;
  readonly description: string;
  /** Headers that mean the same, besides the name itself; blanks, case and punctuation do not count. */
  readonly aliases?: readonly string[];
  readonly read: ReadCell;
  /** It takes part in saying which thing is meant: the column must be there, and its cells say something. */
  readonly isKey?: boolean;
  /** A new thing must state it. */
  readonly isRequired?: boolean;
  /** SQL over `s`: what a new thing has that does not state it. */
  readonly initial?: string;
  /** It is decided once: a later line may only repeat it. */
  readonly isFixed?: boolean;
  /** `-` takes it away. */
  readonly isClearable?: boolean;
  /** Numbers of it may have a decimal comma. */
  readonly isDecimal?: boolean;
}

/** A column that may be left out, and whose content `-` takes away. */
export const optionalField = (
  name: string,
  description: string,
  read: ReadCell,
  more: Partial<ImportField> = {},
): ImportField => ({ ...{ name, description, read, isClearable: true }, ...more });

/**
 * What is wrong with a line that only the database can see. The SQL speaks of `s` (the cells by their fields: null where a
 * cell says nothing, empty where it takes away), of `v` (what the thing would be), of `c` (what it is; all null for a new
 * one), of `d` (`is_changed`, `is_changed_or_new`), and of the kind's own joins.
 */
export interface ImportRule {
  readonly field: string;
  /** True where the line is wrong. */
  readonly when: string;
  /** Text: what is wrong, and what would be right. */
  readonly message: string;
}

/** What every kind of thing has that can be brought in and given out as CSV. */
interface KindOfRows {
  /** As commands and addresses name it: `units`. */
  readonly name: string;
  /** One of them, for messages: `unit`. */
  readonly noun: string;
  readonly writePermission: Permission;
  readonly readPermission: Permission;
  /** In the order of our own exports. */
  readonly fields: readonly ImportField[];
  /** What no two lines of a file may share: named by its field, with the SQL over `s` that makes it the same. */
  readonly unique: readonly { readonly field: string; readonly by: string }[];
  /** Carries out the planned lines between two numbers, both included. */
  readonly apply: (tx: Tx, act: ApplyAct) => Promise<void>;
  /** All lines in one step, because they name each other. */
  readonly isWhole?: boolean;
}

/** A kind whose lines are compared with what is there by one statement. All SQL in it is of our own writing. */
export interface ComparedKind extends KindOfRows {
  /**
   * `SELECT` of what is there: `id`, and each field as a cell says it. The export gives it out and the check compares with it,
   * so that what was exported changes nothing when it comes back.
   */
  readonly current: string;
  /** SQL over `c`: what of it is worth giving out; everything, unless stated. */
  readonly exported?: string;
  /** Joins to `s` that look up what cells name. None of them makes two lines of one. */
  readonly joins: string;
  /** Joins `c`, the thing that is meant: `c.id = u.id`. */
  readonly match: string;
  /** How messages and other lines write what a cell names: the code of a location as it is, whatever the case in the file. */
  readonly canonical?: Readonly<Record<string, string>>;
  /** Ids that `apply` needs, by their column in {@link PLANNED}. */
  readonly references: Readonly<Record<string, string>>;
  readonly rules: readonly ImportRule[];
  /** Holds everything that lines are judged by, before they are judged: nobody else changes it until the transaction ends. */
  readonly hold: (tx: Tx) => Promise<void>;
  /** Looks at lines that the rules let pass for what SQL cannot say well, and marks those that are wrong. */
  readonly judge?: (tx: Tx) => Promise<void>;
}

/** A kind whose lines its domain understands and carries out: what a cell means is more than one statement can say. */
export interface PlannedKind extends KindOfRows {
  /**
   * Holds what the lines in {@link STAGED} are judged by and notes in {@link PLANNED} what each of them would do. Lines that
   * could not be read are noted before.
   * @param caller whose act it would be: what they may not do is wrong with a line.
   * @param onLines told how many lines are done, now and then.
   */
  readonly plan: (tx: Tx, caller: Caller, onLines: OnLines) => Promise<void>;
  /** The next things behind an id, in the order of their ids. */
  readonly exportRows: (db: Queryable, after: string | null, limit: number) => Promise<readonly ExportedRow[]>;
}

/** Called as lines are done, with how many there are. */
export type OnLines = (done: number) => Promise<void> | void;

/** One thing as our own files write it: its cells in the order of the fields. */
export interface ExportedRow {
  readonly id: string;
  readonly cells: readonly (string | null)[];
}

export type ImportKind = ComparedKind | PlannedKind;

/** Whose act an application is, and which lines are next. */
export interface ApplyAct {
  readonly importId: string;
  readonly caller: Caller;
  /** The principal of the caller; null for the service itself. */
  readonly actorId: string | null;
  readonly fromLine: number;
  readonly toLine: number;
  /** Told how many lines of a step that takes long are done. */
  readonly onLines: OnLines;
}

/** The cells of the file by their fields, as text; a table of the transaction that checks. */
export const STAGED = 'staged_line';

/**
 * What each line would do; a table of the transaction that checks: `line`, `outcome`, `subject_id` (of a new thing its id
 * to be), `problems`, `changes`; of a compared kind also the references, and each field as the thing would have it.
 */
export const PLANNED = 'planned_line';
