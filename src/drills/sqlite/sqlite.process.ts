import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../kernel/errors.ts';
import { checkWithSqlite } from '../../verification/sqlite-integrity.ts';
import type { SqliteFound, SqliteRows, SqliteTask } from './sqlite-task.ts';

// A process of its own, because nothing else can end a query of SQLite: it runs in the calling thread.

function find({ path, isChecked, queries }: SqliteTask): SqliteFound {
  const integrity = isChecked ? checkWithSqlite({ DatabaseSync }, path) : undefined;
  if (queries.length === 0) return { integrity, answers: [] };
  const url = pathToFileURL(path);
  url.search = '?immutable=1&mode=ro';
  const database = new DatabaseSync(url.href, { readOnly: true, readBigInts: true });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON');
  return { integrity, answers: queries.map((query) => ask(database, query)) };
}

function ask(database: DatabaseSync, { sql, rowsMax }: SqliteTask['queries'][number]): SqliteRows {
  try {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    const rows: (string | null)[][] = [];
    for (const row of statement.iterate() as Iterable<unknown>) {
      rows.push((row as unknown[]).map(textOf));
      if (rows.length >= rowsMax) break;
    }
    return { rows };
  } catch (thrown) {
    return { problem: messageOf(thrown) };
  }
}

function textOf(value: unknown): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return String(value);
}

process.once('message', (task: SqliteTask) => {
  process.send?.(find(task), () => process.disconnect());
});
