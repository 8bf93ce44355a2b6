import { Readable } from 'node:stream';
import type { Caller } from '../../src/auth/caller.ts';
import { systemCaller } from '../../src/auth/system-caller.ts';
import type { Database } from '../../src/database/database.ts';
import { applyImport, checkImport } from '../../src/imports/apply-import.service.ts';
import { exportCsv } from '../../src/imports/export.queries.ts';
import type { StatedForm } from '../../src/imports/file-form.ts';
import { importById, importLines } from '../../src/imports/import.queries.ts';
import type { Import, ImportLine } from '../../src/imports/import.ts';
import { type KindName, kindNamed } from '../../src/imports/kinds/kinds.ts';
import { readImport, type SentFile } from '../../src/imports/read-import.service.ts';

const IMPORTER: Caller = systemCaller('importer');

/** What a test may choose besides the kind and the content. */
export type FileWishes = Partial<Pick<SentFile, 'mapping' | 'bytesMax'>> & {
  readonly form?: StatedForm;
  readonly caller?: Caller;
};

/** Sends a file in and has it checked. */
export async function checked(
  db: Database,
  kind: KindName,
  content: string | Uint8Array,
  { caller = IMPORTER, form = {}, mapping, bytesMax = 100_000_000 }: FileWishes = {},
): Promise<Import> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const id = await readImport(db, caller, {
    kind: kindNamed(kind),
    fileName: `${kind}.csv`,
    content: Readable.from(inPieces(bytes)),
    form,
    mapping,
    bytesMax,
  });
  await checkImport(db, id);
  return importById(db, id);
}

/** As a network brings it: cut anywhere, also within a character. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += 10_007) yield bytes.subarray(start, start + 10_007);
}

/** Sends a file in, has it checked and applies it. */
export async function imported(db: Database, kind: KindName, content: string | Uint8Array, wishes: FileWishes = {}) {
  const { id } = await checked(db, kind, content, wishes);
  await applyImport(db, wishes.caller ?? IMPORTER, id);
  return importById(db, id);
}

export const linesOf = (db: Database, { id }: Import): Promise<ImportLine[]> => importLines(db, id, { limit: 10_000 });

/** What is wrong with a file: `line field: message`. */
export async function troublesOf(db: Database, found: Import): Promise<string[]> {
  const lines = await linesOf(db, found);
  return lines.flatMap(({ line, problems }) =>
    problems.map(({ field, message }) => `${line} ${field ?? '-'}: ${message}`),
  );
}

/** Everything of a kind as CSV. */
export async function exported(db: Database, kind: KindName): Promise<string> {
  let text = '';
  for await (const piece of exportCsv(db, kindNamed(kind))) text += piece;
  return text;
}
