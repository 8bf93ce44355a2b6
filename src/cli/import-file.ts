import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Queryable } from '../database/database.ts';
import { applyImport, checkImport } from '../imports/apply-import.service.ts';
import { importById, importLines } from '../imports/import.queries.ts';
import type { Import, ImportProgress } from '../imports/import.ts';
import { DELIMITER_WORDS, headerOf, importView, MARK_WORDS } from '../imports/import.views.ts';
import type { ImportKind } from '../imports/import-kind.ts';
import { mappingNamed } from '../imports/import-mapping.store.ts';
import { IMPORT_KINDS, KIND_NAMES } from '../imports/kinds/kinds.ts';
import { readImport } from '../imports/read-import.service.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { escaped } from '../verification/finding.ts';
import { type CommandContext, EXIT } from './command.ts';
import { commandCaller } from './command-caller.ts';
import { pairs } from './output.ts';
import { createRatedMeter } from './progress-meter.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly apply?: boolean;
  readonly mapping?: string;
  readonly map?: readonly string[];
  readonly encoding?: 'utf-8' | 'gb18030';
  readonly delimiter?: keyof typeof DELIMITER_WORDS;
  readonly decimalMark?: keyof typeof MARK_WORDS;
}

/** Errors that are printed; the number says how many there are. */
const PRINTED_MAX = 1000;

/** Brings a file in, or says what that would do. @returns the exit status: 0 only when nothing is wrong. */
export async function importFile(
  context: CommandContext,
  kindName: string,
  file: string,
  options: ImportOptions,
): Promise<number> {
  const kind = kindGiven(kindName);
  if ((options.dryRun === true) === (options.apply === true)) {
    throw new AppError('usage', 'bad-options', 'Say what to do: either --dry-run or --apply');
  }
  await requireFile(file);
  const done = await withRuntime(context, { writes: true }, async ({ db, clock, config }) => {
    const rated = createRatedMeter(context.output, clock);
    const show = ({ step, done, total }: ImportProgress) =>
      rated({ label: step, unit: 'rows', done, total: total ?? 0 });
    const caller = commandCaller();
    const id = await readImport(
      db,
      caller,
      {
        kind,
        fileName: file === '-' ? 'standard input' : basename(file),
        content: file === '-' ? process.stdin : createReadStream(file),
        form: formOf(options),
        mapping: await mappingOf(db, kind, options),
        bytesMax: config.importBytesMax,
      },
      show,
    );
    await checkImport(db, id, show);
    const checked = await importById(db, id);
    await printTroubles(context, db, checked, file);
    if (options.apply && checked.counts.errors === 0) await applyImport(db, caller, id, show);
    return importById(db, id);
  });
  context.output.answer(importView(done), () => linesOf(done));
  return done.counts.errors === 0 ? EXIT.ok : EXIT.failed;
}

/** @throws AppError `usage` `unknown-kind`. */
export function kindGiven(name: string): ImportKind {
  const kind = IMPORT_KINDS.find((candidate) => candidate.name === name);
  if (kind) return kind;
  throw new AppError('usage', 'unknown-kind', `There is no kind "${name}": it is one of ${KIND_NAMES.join(', ')}`);
}

async function requireFile(file: string): Promise<void> {
  if (file === '-') return;
  const found = await stat(file).catch((thrown: unknown) => {
    throw new AppError('usage', 'unreadable-file', `The file cannot be read: ${messageOf(thrown)}`);
  });
  if (!found.isFile()) throw new AppError('usage', 'unreadable-file', `${file} is no file`);
}

const formOf = ({ encoding, delimiter, decimalMark }: ImportOptions) => ({
  encoding,
  delimiter: delimiter && DELIMITER_WORDS[delimiter],
  decimalMark: decimalMark && MARK_WORDS[decimalMark],
});

async function mappingOf(db: Queryable, kind: ImportKind, { mapping, map = [] }: ImportOptions) {
  const kept = mapping === undefined ? undefined : await mappingNamed(db, kind.name, mapping);
  const stated = map.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    const field = pair.slice(0, at);
    if (at > 0 && kind.fields.some(({ name }) => name === field)) return [field, pair.slice(at + 1)];
    const known = kind.fields.map(({ name }) => name).join(', ');
    throw new AppError('usage', 'bad-options', `--map takes FIELD=HEADER, with a field of ${kind.name}: ${known}`);
  });
  return {
    name: kept?.name ?? null,
    headers: { ...kept?.headers, ...Object.fromEntries(stated) },
    defaults: kept?.defaults ?? {},
    isReady: kept?.id === null,
  };
}

async function printTroubles({ output }: CommandContext, db: Queryable, found: Import, file: string): Promise<void> {
  output.progressEnd();
  const lines = await importLines(db, found.id, { outcome: 'error', limit: PRINTED_MAX });
  for (const { line, problems } of lines) {
    for (const { field, message } of problems) {
      const column = headerOf(found.columns, field);
      output.warn(escaped(`${file}:${line}:${column === null ? '' : `${column} `}${message}`));
    }
  }
  const left = found.counts.errors - lines.length;
  if (left > 0) output.warn(`and ${left} more lines: GET /api/v1/imports/${found.id}/errors.csv has all of them`);
}

function linesOf(found: Import): string[] {
  const { counts, state, columns, encoding } = found;
  const { delimiter, decimalMark } = importView(found);
  const aside = columns.flatMap(({ header, field }) => (field === null && header !== '' ? [header] : []));
  return pairs([
    ['Import', found.id],
    ['File', `${found.fileName}, SHA-256 ${found.sha256.slice(0, 16)}...`],
    ['Read as', `${encoding}, delimiter ${delimiter}, decimal ${decimalMark}`],
    ['Columns', columns.flatMap(({ header, field }) => (field === null ? [] : [`${header} = ${field}`])).join(', ')],
    ['Left aside', aside.length > 0 ? aside.join(', ') : undefined],
    ['Lines', String(counts.lines)],
    ['Create', String(counts.creates)],
    ['Update', String(counts.updates)],
    ['Unchanged', String(counts.unchanged)],
    ['Wrong', String(counts.errors)],
    ['Outcome', state === 'applied' ? 'applied' : 'nothing was changed'],
  ]);
}
