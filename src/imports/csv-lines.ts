import { CsvError, parse } from 'csv-parse';
import type { CsvDelimiter } from '../kernel/csv.ts';
import { messageOf } from '../kernel/errors.ts';

/** A record is refused above this: a quote that is never closed would make one of the rest of the file. */
const RECORD_CHARACTERS_MAX = 64 * 1024;

/** A line of a file as text. */
export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly values: readonly string[];
}

/** The file cannot be read any further. */
export class BrokenCsv extends Error {
  readonly line: number;
  /** From 1; undefined where it is not known. */
  readonly column: number | undefined;

  constructor(line: number, column: number | undefined, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads CSV (RFC 4180) as it arrives, in bounded memory. All line endings are understood, also mixed ones; outer blanks are cut
 * off; lines without any value are left out. What comes before a mistake is given out before it is thrown.
 * @throws BrokenCsv for what no reader can make sense of.
 */
export async function* csvLines(text: AsyncIterable<string>, delimiter: CsvDelimiter): AsyncGenerator<CsvRecord> {
  const lines = new LineCount();
  let read: CsvRecord[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    maxRecordSize: RECORD_CHARACTERS_MAX,
    // Kept here: the parser forgets what it has not given out when it meets a mistake.
    onRecord: (values: string[], context) => {
      read.push({ line: lines.beginOf(values, context.lines), values });
      return null;
    },
    recordDelimiter: ['\r\n', '\n', '\r'],
    relaxColumnCount: true,
    skipEmptyLines: true,
    skipRecordsWithEmptyValues: true,
    trim: true,
  });
  parser.on('error', () => undefined).resume();
  const taken = () => {
    const records = read;
    read = [];
    return records;
  };
  try {
    for await (const piece of text) {
      const failure = await written((done) => parser.write(piece, done));
      yield* taken();
      if (failure) throw failure;
    }
    const failure = await written((done) => parser.once('error', done).end(() => done()));
    yield* taken();
    if (failure) throw failure;
  } catch (thrown) {
    throw thrown instanceof CsvError ? brokenBy(thrown, lines) : thrown;
  } finally {
    parser.destroy();
  }
}

const written = (write: (done: (error?: Error | null) => void) => void) =>
  new Promise<Error | undefined>((resolve) => {
    write((error) => resolve(error ?? undefined));
  });

/** Counts lines as an editor does. The parser counts a line ending of two characters within quotes twice. */
class LineCount {
  #countedTwice = 0;

  /** Where a record begins that the parser says to end in a line. */
  beginOf(values: readonly string[], endLine: number): number {
    let endings = 0;
    for (const value of values) {
      if (!value.includes('\n') && !value.includes('\r')) continue;
      endings += value.match(/\r\n|\r|\n/g)?.length ?? 0;
      this.#countedTwice += value.match(/\r\n/g)?.length ?? 0;
    }
    return this.put(endLine) - endings;
  }

  put(line: number): number {
    return line - this.#countedTwice;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: `the line has more than ${RECORD_CHARACTERS_MAX} characters: perhaps a quote is not closed in it`,
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  INVALID_OPENING_QUOTE: 'a quote stands within a value: put the whole value in quotes, and double those in it',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote: double the quotes within a value',
};

function brokenBy(error: CsvError, lines: LineCount): BrokenCsv {
  const { lines: line = 1, column } = error as CsvError & { readonly lines?: number; readonly column?: unknown };
  const at = typeof column === 'number' ? column + 1 : undefined;
  return new BrokenCsv(lines.put(line), at, WORDS[error.code] ?? messageOf(error));
}
