import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { PG_DIRECTORY_TOC } from '../../verification/directory-marks.ts';
import { readPgArchiveHead } from '../../verification/pg-archive-head.ts';
import { headOf } from '../unpack/stored-form.ts';

/** What kind of dump something is. */
export interface DumpForm {
  /** `script`: SQL, loaded over a connection. `archive`: pg_dump's own formats, which pg_restore alone reads. */
  readonly kind: 'script' | 'archive';
  /** The major version of the server that was dumped; undefined: it does not say. */
  readonly serverMajor: number | undefined;
  /** The major version of the pg_dump that wrote an archive. */
  readonly dumpMajor: number;
}

const DUMPED_FROM = /^-- Dumped from database version (\d+)/m;

/**
 * Looks at a dump: a script, a custom archive, or the directory of one.
 * @throws AppError `unprocessable` `not-a-dump`.
 */
export async function dumpFormOf(path: string): Promise<DumpForm> {
  const isDirectory = (await lstat(path)).isDirectory();
  const head = await headOf(isDirectory ? join(path, PG_DIRECTORY_TOC) : path).catch((thrown: unknown) => {
    if (!isDirectory || (thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    throw new AppError(
      'unprocessable',
      'not-a-dump',
      `${path} is a directory without ${PG_DIRECTORY_TOC}: it is no dump of pg_dump`,
    );
  });
  if (!head.subarray(0, 5).equals(Buffer.from('PGDMP'))) {
    const text = head.toString('latin1');
    const major = DUMPED_FROM.exec(text)?.[1];
    return { kind: 'script', serverMajor: major === undefined ? undefined : Number(major), dumpMajor: 0 };
  }
  const read = readPgArchiveHead(head, isDirectory ? 'directory' : 'custom');
  if (read === 'more' || 'problem' in read) {
    const why = read === 'more' ? 'ends inside its header' : read.problem;
    throw new AppError('unprocessable', 'not-a-dump', `${path} ${why}`);
  }
  const { serverVersion = '', dumpVersion = '' } = read.head;
  return { kind: 'archive', serverMajor: majorOf(serverVersion), dumpMajor: majorOf(dumpVersion) ?? 0 };
}

function majorOf(version: string): number | undefined {
  const major = Number.parseInt(version, 10);
  return Number.isInteger(major) ? major : undefined;
}
