import { open, stat } from 'node:fs/promises';
import type { ContentOptions, ContentResult, ContentSource, ContentWalker } from './content.ts';
import { type Finding, type FindingKind, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import type { Level } from './level.ts';
import { readSqliteHeader, SQLITE_HEADER_BYTES, type SqliteHeader } from './sqlite-header.ts';
import { checkWithSqlite, type SqliteModule } from './sqlite-integrity.ts';

/** The first bytes of a rollback journal that is still needed (fileformat2.html, 3 "The Rollback Journal"). */
const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * Judges a SQLite database: the fields of its header and its size against the pages that it says it has as it streams
 * past, and then, when it is a file of its own (`options.source`), everything inside by SQLite's `integrity_check`. A
 * write-ahead log or a hot journal beside it says that the copy is not whole. Nothing is written beside it.
 */
export async function openSqlite(
  options: ContentOptions,
  load: () => Promise<SqliteModule> = () => import('node:sqlite'),
): Promise<ContentWalker> {
  // Only those who check a database pay for loading it, and a Node built without it checks everything else.
  const sqlite = options.source === undefined ? undefined : await load().catch(() => 'absent' as const);
  return new SqliteWalker(options, sqlite);
}

class SqliteWalker implements ContentWalker {
  readonly #file: string;
  readonly #source: ContentSource | undefined;
  readonly #sqlite: SqliteModule | 'absent' | undefined;
  readonly #findings: FindingList;
  #start: Buffer = Buffer.alloc(0);
  #header: SqliteHeader | undefined;
  #bytes = 0;
  #isBroken = false;
  /** The bytes behind the last page are all zeros. */
  #isZeroBehind = true;

  constructor(options: ContentOptions, sqlite: SqliteModule | 'absent' | undefined) {
    this.#file = options.file;
    this.#source = options.source;
    this.#sqlite = sqlite;
    this.#findings = new FindingList(options.file);
  }

  get currentEntry(): undefined {
    return undefined;
  }

  write(bytes: Buffer): void {
    if (this.#header === undefined && !this.#isBroken) this.#takeHeader(bytes);
    const end = this.#expectedBytes;
    if (end !== undefined && this.#bytes + bytes.length > end && this.#isZeroBehind) {
      const behind = bytes.subarray(Math.max(0, end - this.#bytes));
      this.#isZeroBehind = behind.equals(Buffer.alloc(behind.length));
    }
    this.#bytes += bytes.length;
  }

  async end(how: 'at-end' | 'cut'): Promise<ContentResult> {
    if (how === 'at-end' && !this.#isBroken) this.#judgeSize();
    let tables = 0;
    let level: Level = 'digest';
    if (how === 'at-end' && !this.#isBroken && this.#source !== undefined) {
      const checked = this.#checkInside(this.#source, this.#header?.pageBytes ?? 0);
      tables = checked ?? 0;
      if (checked !== undefined) level = 'structure';
      await this.#judgeNeighbours(this.#source.path);
    }
    const isComplete = how === 'at-end' && !this.#isBroken;
    return { entries: tables, isComplete, findings: this.#findings.all(), level };
  }

  get #expectedBytes(): number | undefined {
    const { pages, pageBytes } = this.#header ?? {};
    return pages === undefined || pageBytes === undefined ? undefined : pages * pageBytes;
  }

  #takeHeader(bytes: Buffer): void {
    const missing = SQLITE_HEADER_BYTES - this.#start.length;
    this.#start = Buffer.concat([this.#start, bytes.subarray(0, missing)]);
    if (this.#start.length < SQLITE_HEADER_BYTES) return;
    const { problem, ...header } = readSqliteHeader(this.#start);
    this.#header = header;
    if (problem !== undefined) this.#problem(problem.kind, problem.message, 0, SQLITE_HEADER_BYTES);
  }

  #judgeSize(): void {
    const size = this.#bytes;
    if (size === 0) this.#problem('empty', 'has not a single byte', 0);
    else if (this.#header === undefined) this.#problem('truncated', 'ends inside its header', size);
    else this.#judgePages(size, this.#header);
  }

  #judgePages(size: number, { pageBytes, pages }: SqliteHeader): void {
    const expected = pages === undefined ? undefined : pages * pageBytes;
    const isLonger = expected !== undefined && size > expected;
    if (expected !== undefined && size < expected) {
      const numbers = { expected: `${expected} bytes`, actual: `${size} bytes` };
      const message = `has ${numbers.actual}, and its ${pages} pages need ${numbers.expected}`;
      this.#problem('truncated', message, size, size, numbers);
    } else if (isLonger && !this.#isZeroBehind) {
      this.#problem('corrupt', `has bytes behind the last of its ${pages} pages`, expected, size);
    } else if (size % pageBytes !== 0) {
      const message = `ends inside a page: ${size} bytes are no multiple of ${pageBytes}`;
      this.#problem(isLonger ? 'corrupt' : 'truncated', message, size - (size % pageBytes), size);
    } else if (isLonger) {
      // A program can let the file grow in larger steps than the database.
      this.#problem('suspect', `has zeros behind the last of its ${pages} pages`, expected, size);
    }
  }

  /** Returns the number of tables once SQLite has looked at everything. */
  #checkInside(source: ContentSource, pageBytes: number): number | undefined {
    const sqlite = this.#sqlite;
    if (sqlite === undefined || sqlite === 'absent') {
      this.#problem('unknown-format', 'can only be checked with SQLite, which this Node does not have', 0);
      return undefined;
    }
    const answer = checkWithSqlite(sqlite, source.path);
    if ('tables' in answer) {
      if (answer.tables === 0) this.#problem('empty', 'has no table', 0);
      return answer.tables;
    }
    const [first = 'it says nothing', ...others] = answer.messages.map(printable);
    const consequences = others.map((message) => ({ kind: answer.problem, file: this.#file, message }));
    const page = Number(/\bpage (\d+)/i.exec(first)?.[1] ?? 0);
    const offset = page > 0 ? (page - 1) * pageBytes : 0;
    const endOffset = page > 0 ? offset + pageBytes : source.sizeBytes;
    this.#problem(
      answer.problem,
      `is refused by SQLite: ${first}`,
      offset,
      endOffset,
      consequences.length > 0 ? { consequences } : {},
    );
    return answer.problem === 'suspect' ? 1 : undefined;
  }

  async #judgeNeighbours(path: string): Promise<void> {
    if ((await sizeOf(`${path}-wal`)) > 0) this.#addNeighbour('a write-ahead log (-wal)');
    if (await isHotJournal(`${path}-journal`)) this.#addNeighbour('a hot journal (-journal)');
  }

  #addNeighbour(what: string): void {
    const message = `There is ${what} beside the database: the copy is not whole without it, and was not checked with it.`;
    this.#findings.add({ kind: 'suspect', message });
  }

  #problem(
    kind: FindingKind,
    message: string,
    offset: number,
    endOffset: number = offset,
    more: Pick<Finding, 'expected' | 'actual' | 'consequences'> = {},
  ): void {
    this.#isBroken ||= kind !== 'suspect';
    const range = this.#source === undefined ? {} : { offset, endOffset };
    this.#findings.add({ kind, ...range, decodedOffset: offset, message: `The database ${message}.`, ...more });
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** A journal that a program only keeps for the next time has its header zeroed. */
async function isHotJournal(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(JOURNAL_MAGIC.length), 0, JOURNAL_MAGIC.length, 0);
    return bytesRead === JOURNAL_MAGIC.length && buffer.equals(JOURNAL_MAGIC);
  } finally {
    await file.close();
  }
}
