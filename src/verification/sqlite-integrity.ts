import { pathToFileURL } from 'node:url';
import type { FindingKind } from './finding.ts';

/** What SQLite itself says of a database. */
export type SqliteAnswer =
  | { readonly tables: number }
  | { readonly problem: FindingKind; readonly messages: readonly string[] };

/** The part of `node:sqlite` that is used here. */
export interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly readOnly: boolean },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): { all(): unknown[] };
    close(): void;
  };
}

/** Each row is looked up in each index: with SQLite's own 2 MB this reads pages again and again. */
const CACHE_KIB = 32_768;
const MESSAGES_MAX = 20;
const MESSAGE_CHARS_MAX = 500;

/** Result codes (https://www.sqlite.org/rescode.html), without their extension. */
const CODES: Readonly<Record<number, FindingKind>> = {
  3: 'no-access',
  10: 'unreadable',
  11: 'corrupt',
  14: 'no-access',
  23: 'no-access',
  26: 'corrupt',
};
/** The program that uses the database brings these along: their absence here is no damage. */
const FOREIGN =
  /no such (module|collation sequence|function|tokenizer)|unknown (function|tokenizer)|unable to use function/i;
/** Rows that break a rule of their table: sound as bytes. Broken CHECKs are not told: SQLite drops them when it only reads. */
const BROKEN_RULE = /^NULL value in /;

/**
 * Lets SQLite compare every page, row and index of the database, opened so that nothing is ever written beside it: as
 * immutable, which also means that a write-ahead log or a journal is not looked at. Never throws for a broken database.
 */
export function checkWithSqlite({ DatabaseSync }: SqliteModule, path: string): SqliteAnswer {
  const url = pathToFileURL(path);
  url.search = '?immutable=1&mode=ro';
  let database: InstanceType<SqliteModule['DatabaseSync']> | undefined;
  try {
    database = new DatabaseSync(url.href, { readOnly: true });
    // A schema can call functions and be built to confuse: SQLite's own advice for databases of strangers.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0');
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    const messages = textsOf(database.prepare(`PRAGMA integrity_check(${MESSAGES_MAX})`).all());
    if (messages.length !== 1 || messages[0] !== 'ok') return { problem: kindOf(messages), messages };
    const tables = database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    );
    return { tables: tables.all().length };
  } catch (error) {
    return refusalOf(error as Error & { readonly errcode?: number });
  } finally {
    closeQuietly(database);
  }
}

function textsOf(rows: readonly unknown[]): string[] {
  return rows.map((row) => {
    const text = String(Object.values(row as Record<string, unknown>)[0]);
    return text
      .replace(/^\*\*\* in database main \*\*\*\n/, '')
      .replaceAll('\n', '; ')
      .slice(0, MESSAGE_CHARS_MAX);
  });
}

function kindOf(messages: readonly string[]): FindingKind {
  if (messages.some((message) => !BROKEN_RULE.test(message) && !FOREIGN.test(message))) return 'corrupt';
  return messages.some((message) => BROKEN_RULE.test(message)) ? 'suspect' : 'unknown-format';
}

function refusalOf(error: Error & { readonly errcode?: number }): SqliteAnswer {
  const message = error.message.slice(0, MESSAGE_CHARS_MAX);
  if (FOREIGN.test(message)) return { problem: 'unknown-format', messages: [message] };
  // Its plain error code: the schema is no SQL that SQLite can read.
  const code = (error.errcode ?? 0) & 0xff;
  const isBrokenSchema = code === 1 && /malformed/i.test(message);
  return { problem: isBrokenSchema ? 'corrupt' : (CODES[code] ?? 'unknown-format'), messages: [message] };
}

function closeQuietly(database: { close(): void } | undefined): void {
  try {
    database?.close();
  } catch {
    // It was broken before, and that is what is reported.
  }
}
