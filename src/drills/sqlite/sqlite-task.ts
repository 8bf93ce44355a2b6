import type { SqliteAnswer } from '../../verification/sqlite-integrity.ts';

/** What the process that opens a database is told to do. */
export interface SqliteTask {
  readonly path: string;
  /** Compare every page, row and index. */
  readonly isChecked: boolean;
  /** Asked one after the other; each is one statement. */
  readonly queries: readonly { readonly sql: string; readonly rowsMax: number }[];
}

/** What a query answered: values as SQLite writes them, blobs as `x'...'`. */
export type SqliteRows =
  | { readonly rows: readonly (readonly (string | null)[])[]; readonly problem?: undefined }
  | { readonly problem: string; readonly rows?: undefined };

/** What the process says. */
export interface SqliteFound {
  /** Undefined when it was not to be checked. */
  readonly integrity: SqliteAnswer | undefined;
  readonly answers: readonly SqliteRows[];
}
