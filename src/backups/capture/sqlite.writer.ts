import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Temporal } from 'temporal-polyfill';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { createManifest } from '../../verification/manifest-create.ts';
import type { CaptureContext, CaptureOutcome } from './capture-task.ts';
import type { CaptureSourceOf } from './captured-set.ts';
import { encryptFile } from './point-file.ts';

/** The copy of the database in the recovery point. */
const FILE = 'database.sqlite';

/** Pages that are copied in one step; between two of them writers of the database get their turn. */
const STEP_PAGES = 1000;

/**
 * Copies a SQLite database that may be in use, by SQLite's own online backup: the copy is the database as it was at one
 * instant, with all that was committed until then. It is read back, its integrity included, before it is described or
 * encrypted.
 *
 * @throws AppError `unprocessable` `source-unreadable` when it is not there or is no database; what is wrong with the copy as
 * `createManifest` says it.
 */
export async function writeSqlite(
  { path }: CaptureSourceOf<'sqlite'>,
  { directory, recipients, onProgress, pace }: CaptureContext,
): Promise<CaptureOutcome> {
  const source = openDatabase(path);
  try {
    const { pageBytes } = factsOf(source, path);
    const target = join(directory, FILE);
    let copiedPages = 0;
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) => {
      const donePages = totalPages - remainingPages;
      // A writer has changed what was copied already: SQLite begins anew.
      pace?.takeHere(Math.max(donePages - copiedPages, 0) * pageBytes);
      copiedPages = donePages;
      onProgress(donePages * pageBytes, totalPages * pageBytes);
    };
    await backup(source, target, { rate: STEP_PAGES, progress });
    const takenAt = Temporal.Now.instant().toString({ smallestUnit: 'millisecond' });
    await using file = await open(target, 'r');
    await file.sync();
    const { files } = await createManifest(directory, [{ path: FILE }], { createdAt: takenAt });
    const stored = recipients.length === 0 ? files : [await encryptFile(directory, FILE, recipients)];
    return { files: stored, takenAt, facts: factsOf(source, path) };
  } finally {
    source.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** What a SQLite database says of itself. */
function factsOf(database: DatabaseSync, path: string) {
  try {
    const ask = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    return { pageBytes: ask('page_size'), pages: ask('page_count'), userVersion: ask('user_version') };
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

function unreadable(path: string, thrown: unknown): AppError {
  const message = `${path} cannot be read as a SQLite database: ${messageOf(thrown)}`;
  return new AppError('unprocessable', 'source-unreadable', message, { cause: thrown });
}
