import { createHash } from 'node:crypto';
import type { Caller } from '../auth/caller.ts';
import type { Database, Tx } from '../database/database.ts';
import { delimiterOf } from '../kernel/csv.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { BrokenCsv, type CsvRecord, csvLines } from './csv-lines.ts';
import { decimalMarkOf, type Encoding, encodingOf, SAMPLE_BYTES, type StatedForm } from './file-form.ts';
import { columnsOf, defaultsOf, type GivenMapping } from './headers.ts';
import { copyLines, insertImport, type NewImport, noteWholeFile } from './import.store.ts';
import type { FileColumn, OnProgress } from './import.ts';
import type { ImportKind } from './import-kind.ts';
import { lineReader, type ReadLine } from './line-reader.ts';

/** A file that is sent in. */
export interface SentFile {
  readonly kind: ImportKind;
  readonly fileName: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** What the sender states of how it is written; the rest is recognised. */
  readonly form: StatedForm;
  readonly mapping?: (GivenMapping & { readonly name: string | null }) | undefined;
  readonly bytesMax: number;
}

/** Lines behind the headers that one file may have. */
const LINES_MAX = 2_000_000;

/** Lines that are kept at once: few, so that what they are made of is young when it is done with, and memory stays small. */
const BATCH_LINES = 250;

/** Lines by which the decimal mark is recognised. */
const SAMPLE_LINES = 200;

/**
 * Takes a file in, line by line and in bounded memory, so that it can be checked. Nothing else changes. A file that cannot be
 * read to its end has one more line with an error, which says where it broke.
 * @returns the id of the import.
 * @throws AppError `invalid` `unsuitable-encoding`, `unsuitable-headers`, `unsuitable-defaults`, `no-lines`; `too-large`
 *   `import-too-large`.
 */
export async function readImport(
  db: Database,
  caller: Caller,
  file: SentFile,
  onProgress?: OnProgress,
): Promise<string> {
  const id = newId();
  // It is never begun again: its statements meet nobody else's rows.
  await db.transaction((tx) => readInto(tx, id, caller, file, onProgress));
  return id;
}

async function readInto(tx: Tx, id: string, caller: Caller, file: SentFile, onProgress?: OnProgress): Promise<void> {
  const bytes = new CountedBytes(file.content, file.bytesMax);
  const { head, rest } = await beginning(bytes);
  try {
    const encoding = file.form.encoding ?? encodingOf(head);
    const text = new TextDecoder(encoding).decode(head, { stream: true }).replace(/^\uFEFF/, '');
    const delimiter = file.form.delimiter ?? delimiterOf(text);
    const lines = csvLines(decoded(head, rest, encoding), delimiter);
    const count = await readLines(
      tx,
      { id, createdBy: caller.principal.id, encoding, delimiter },
      file,
      lines,
      onProgress,
    );
    await noteWholeFile(tx, id, { sha256: bytes.sha256(), sizeBytes: bytes.sizeBytes, lines: count });
  } finally {
    // Whoever sends it is let go, also when the file was refused at its first line.
    await rest.return(undefined);
  }
}

/** Keeps the import and its lines. @returns how many there are. */
async function readLines(
  tx: Tx,
  known: Pick<NewImport, 'id' | 'createdBy' | 'encoding' | 'delimiter'>,
  { kind, fileName, form, mapping }: SentFile,
  lines: AsyncGenerator<CsvRecord>,
  onProgress?: OnProgress,
): Promise<number> {
  const first = await take(lines, SAMPLE_LINES + 1);
  const [header, ...sample] = first.records;
  if (!header) throw noLines();
  const columns = columnsOf(kind, header.values, mapping);
  const defaults = defaultsOf(kind, mapping?.defaults);
  const decimalMark = form.decimalMark ?? decimalMarkOf(decimalCells(kind, columns, sample));
  await insertImport(tx, {
    ...known,
    kind: kind.name,
    fileName,
    decimalMark,
    columns,
    mappingName: mapping?.name ?? null,
    defaults,
  });
  const read = lineReader(kind, columns, decimalMark);
  const source = { sample, lines, broken: first.broken };
  const count = await copyLines(tx, known.id, readBatches(kind, source, read, onProgress));
  if (count === 0) throw noLines();
  return count;
}

/** Bytes as they pass: how many, and their digest. */
class CountedBytes {
  sizeBytes = 0;
  readonly #hash = createHash('sha256');
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #bytesMax: number;

  constructor(content: AsyncIterable<Uint8Array>, bytesMax: number) {
    this.#content = content;
    this.#bytesMax = bytesMax;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#content) {
      this.sizeBytes += chunk.byteLength;
      if (this.sizeBytes > this.#bytesMax) {
        const message = `The file is larger than ${this.#bytesMax} bytes: bring it in in parts`;
        throw new AppError('too-large', 'import-too-large', message);
      }
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

async function beginning(bytes: CountedBytes) {
  const rest = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < SAMPLE_BYTES; ) {
    const { value, done } = await rest.next();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
  }
  return { head: Buffer.concat(chunks), rest };
}

/** @throws BrokenCsv where the bytes are none of the encoding; its line is put right by whoever counts lines. */
async function* decoded(head: Uint8Array, rest: AsyncIterator<Uint8Array>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    yield decoder.decode(head, { stream: true });
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      yield decoder.decode(next.value, { stream: true });
    }
    yield decoder.decode();
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    const other = encoding === 'utf-8' ? 'gb18030' : 'utf-8';
    throw new BrokenCsv(0, undefined, `what follows is not ${encoding}: state the encoding ${other}, if it is that`);
  }
}

interface Taken {
  readonly records: readonly CsvRecord[];
  /** Where it broke before so many were there. */
  readonly broken: BrokenCsv | undefined;
}

async function take(lines: AsyncGenerator<CsvRecord>, count: number): Promise<Taken> {
  const records: CsvRecord[] = [];
  try {
    while (records.length < count) {
      const { value, done } = await lines.next();
      if (done) break;
      records.push(value);
    }
    return { records, broken: undefined };
  } catch (thrown) {
    if (!(thrown instanceof BrokenCsv) || records.length === 0) throw unreadable(thrown);
    return { records, broken: thrown };
  }
}

function unreadable(thrown: unknown): unknown {
  if (!(thrown instanceof BrokenCsv)) return thrown;
  const message = `line ${Math.max(1, thrown.line)}: ${thrown.message}`;
  return new AppError('invalid', 'unsuitable-headers', `The headers cannot be read: ${message}`, {
    fields: [{ field: '#', message }],
  });
}

function* decimalCells(kind: ImportKind, columns: readonly FileColumn[], sample: readonly CsvRecord[]) {
  const decimal = new Set(kind.fields.filter(({ isDecimal }) => isDecimal).map(({ name }) => name));
  const indexes = columns.flatMap(({ field }, index) => (field !== null && decimal.has(field) ? [index] : []));
  for (const { values } of sample) for (const index of indexes) yield values[index]?.trim() ?? '';
}

/** Lines as they come, some at a time. Where the file breaks, the last one says how. */
async function* readBatches(
  { fields }: ImportKind,
  { sample, lines, broken }: { sample: readonly CsvRecord[]; lines: AsyncGenerator<CsvRecord> } & Pick<Taken, 'broken'>,
  read: (record: CsvRecord) => ReadLine,
  onProgress?: OnProgress,
): AsyncGenerator<ReadLine[]> {
  let batch: ReadLine[] = sample.map(read);
  let count = batch.length;
  let last = batch.at(-1)?.line ?? 1;
  try {
    if (broken) throw broken;
    for await (const record of lines) {
      if (count === LINES_MAX) throw new BrokenCsv(record.line, undefined, `at most ${LINES_MAX} lines are possible`);
      batch.push(read(record));
      last = record.line;
      count += 1;
      if (batch.length < BATCH_LINES) continue;
      yield batch;
      await onProgress?.({ step: 'reading', done: count, total: null });
      batch = [];
    }
  } catch (thrown) {
    if (!(thrown instanceof BrokenCsv)) throw thrown;
    batch.push(brokenLine(thrown, Math.max(thrown.line, last + 1), fields.length));
  }
  yield batch;
}

function brokenLine({ column, message }: BrokenCsv, line: number, fields: number): ReadLine {
  const at = column === undefined ? '' : `value ${column}: `;
  const troubles = [{ field: null, message: `${at}${message}; nothing behind it was read` }];
  return { line, cells: Array.from({ length: fields }, () => null), troubles };
}

const noLines = () =>
  new AppError('invalid', 'no-lines', 'There is no line behind the headers', {
    fields: [{ field: '#', message: 'must have at least one line behind the headers' }],
  });
