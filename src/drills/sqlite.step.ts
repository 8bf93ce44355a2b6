import { lstat } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import type { StepOf } from './definition-steps.ts';
import { provisioned, type Recovery } from './recovery.ts';
import { restoredPath } from './restored-path.ts';
import { askSqlite } from './sqlite/ask-sqlite.ts';

/**
 * Opens the restored database read-only and has SQLite compare every page, row and index. A write-ahead log beside it holds data
 * that such a copy does not show: a backup that needs it is refused.
 * @throws AppError `unprocessable` `sqlite-damaged`, `sqlite-log-beside`, `sqlite-unreadable`.
 */
export async function sqlite(recovery: Recovery, signal: AbortSignal, step: StepOf<'sqlite'>): Promise<string> {
  const { sandbox } = provisioned(recovery);
  const path = await restoredPath(recovery, sandbox, step.file);
  const log = await lstat(`${path}-wal`).catch(() => undefined);
  if (log !== undefined && log.size > 0) {
    const message =
      'The backup has a write-ahead log beside the database, whose data no copy of the database shows: take it with the backup command of SQLite';
    throw new AppError('unprocessable', 'sqlite-log-beside', message);
  }
  const { integrity } = await askSqlite({ path, isChecked: true, queries: [] }, signal);
  if (integrity === undefined || 'problem' in integrity) {
    const why = integrity?.messages.join('; ') ?? 'nothing was checked';
    throw new AppError('unprocessable', 'sqlite-damaged', `SQLite finds the restored database broken: ${why}`);
  }
  recovery.sqlitePath = path;
  return `SQLite found ${integrity.tables} tables whole`;
}
