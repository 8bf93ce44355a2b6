import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchImport } from './import.store.ts';
import type {
  FieldChange,
  FieldTrouble,
  FileColumn,
  Import,
  ImportCounts,
  ImportLine,
  ImportProgress,
  Outcome,
} from './import.ts';

type ImportRow = Omit<Import, 'counts' | 'progress' | 'createdAt' | 'checkedAt' | 'appliedAt' | 'sizeBytes'> &
  ImportCounts & {
    readonly sizeBytes: string;
    readonly columns: readonly FileColumn[];
    readonly step: ImportProgress['step'] | null;
    readonly done: number | null;
    readonly total: number | null;
    readonly createdAt: Date;
    readonly checkedAt: Date | null;
    readonly appliedAt: Date | null;
  };

const SELECT = `SELECT i.id, i.kind, i.file_name AS "fileName", i.sha256, i.size_bytes AS "sizeBytes", i.encoding, i.delimiter,
    i.decimal_mark AS "decimalMark", i.columns, i.mapping_name AS "mappingName", i.state, i.failure, i.lines, i.creates, i.updates,
    i.unchanged, i.errors, g.step, g.done, g.total, i.created_at AS "createdAt", i.checked_at AS "checkedAt",
    i.applied_at AS "appliedAt"
  FROM import i LEFT JOIN import_progress g ON g.import_id = i.id`;

function importOf(row: ImportRow): Import {
  const { lines, creates, updates, unchanged, errors, step, done, total, ...rest } = row;
  return {
    ...rest,
    sizeBytes: Number(row.sizeBytes),
    counts: { lines, creates, updates, unchanged, errors },
    progress: step === null || done === null ? null : { step, done, total },
    createdAt: instantOf(row.createdAt),
    checkedAt: row.checkedAt && instantOf(row.checkedAt),
    appliedAt: row.appliedAt && instantOf(row.appliedAt),
  };
}

/** @throws AppError `not-found` `no-such-import`. */
export async function importById(db: Queryable, id: string): Promise<Import> {
  const [row] = await db.rows<ImportRow>(`${SELECT} WHERE i.id = $1`, [id]);
  if (!row) throw noSuchImport(id);
  return importOf(row);
}

/** Imports, newest first, before the one with the id `after`. */
export async function listImports(
  db: Queryable,
  {
    kind,
    after,
    limit,
  }: { readonly kind?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<Import[]> {
  const rows = await db.rows<ImportRow>(
    `${SELECT} WHERE ($1::text IS NULL OR i.kind = $1) AND ($2::uuid IS NULL OR i.id < $2) ORDER BY i.id DESC LIMIT $3`,
    [kind ?? null, after ?? null, limit],
  );
  return rows.map(importOf);
}

/** Lines of an import in their order, behind the line `after`. */
export async function importLines(
  db: Queryable,
  id: string,
  {
    outcome,
    after = 0,
    limit,
  }: { readonly outcome?: Outcome | undefined; readonly after?: number | undefined; readonly limit: number },
): Promise<ImportLine[]> {
  const rows = await db.rows<
    Omit<ImportLine, 'problems' | 'changes'> & {
      readonly problems: readonly FieldTrouble[] | null;
      readonly changes: readonly FieldChange[] | null;
    }
  >(
    `SELECT line, outcome, cells, problems, changes, subject_id AS "subjectId" FROM import_line
     WHERE import_id = $1 AND line > $2 AND ($3::text IS NULL OR outcome = $3) ORDER BY line LIMIT $4`,
    [id, after, outcome ?? null, limit],
  );
  return rows.map(({ problems, changes, ...line }) => ({ ...line, problems: problems ?? [], changes: changes ?? [] }));
}
