import { chown, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../../kernel/durable-files.ts';
import { AppError } from '../../kernel/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { runCommand } from './command.ts';
import { refuseUnreachable } from './ownership.ts';
import type { RunAs } from './run-as.ts';

const INITDB_TIMEOUT_SECONDS = 300;

/** What a new cluster is made with. */
export interface InitClusterOptions {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** Must not exist yet, or be empty. Its parent must exist. */
  readonly dataDirectory: string;
  readonly superuser: string;
  /** Default: PostgreSQL's own `C.UTF-8` (builtin from 17 on, else libc's), the same on every machine. */
  readonly locale?: { readonly provider: 'builtin' | 'libc' | 'icu'; readonly name: string };
  /** False leaves the new files unsynced: for scratch servers, and tests. */
  readonly sync?: boolean;
}

/**
 * Makes a new cluster: UTF8, data checksums on, `superuser` connects over the socket without a password (the socket's
 * directory is closed to others), TCP refused in pg_hba.conf.
 *
 * Atomic: the work is done in a hidden sibling directory that is renamed at the end, so `dataDirectory` is either absent
 * (or empty) or a whole cluster, whenever the process is killed. Siblings that killed runs left are removed first, so two
 * calls for one directory must not run at once: hold the data directory's lock.
 *
 * @throws AppError `conflict` `data-directory-not-empty`; `unavailable` `initdb-failed` with what initdb said, or
 * `data-directory-unreachable`.
 */
export async function initCluster(options: InitClusterOptions): Promise<void> {
  const target = resolve(options.dataDirectory);
  await refuseOccupied(target);
  await refuseUnreachable(options.runAs, target);
  await removeUnfinished(target);
  const temporary = await mkdtemp(join(dirname(target), unfinishedPrefix(target)));
  try {
    const { owner } = options.runAs;
    if (owner !== undefined) await chown(temporary, owner.uid, owner.gid);
    await runInitdb(options, temporary);
    await publish(temporary, target);
  } catch (error) {
    await rm(temporary, REMOVE_UNFINISHED);
    throw error;
  }
}

/** An initdb that lost its Node can be writing or cleaning up there for another moment. */
const REMOVE_UNFINISHED = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;

const unfinishedPrefix = (target: string) => `.${basename(target)}.unfinished-`;

async function refuseOccupied(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw new AppError(
    'conflict',
    'data-directory-not-empty',
    `${target} is not empty (${entries.slice(0, 3).join(', ')}): no new database is made there. Choose another directory or move its content away.`,
  );
}

async function removeUnfinished(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    if (name.startsWith(unfinishedPrefix(target))) await rm(join(dirname(target), name), REMOVE_UNFINISHED);
  }
}

async function runInitdb(options: InitClusterOptions, directory: string): Promise<void> {
  const { binaries, runAs, superuser } = options;
  const args = [
    '-D',
    directory,
    '-U',
    superuser,
    '-E',
    'UTF8',
    '--data-checksums',
    '--auth-local=trust',
    '--auth-host=reject',
  ];
  args.push(...localeArguments(options));
  if (options.sync === false) args.push('--no-sync');
  const result = await runCommand(runAs.wrap(binaries.initdb, args), INITDB_TIMEOUT_SECONDS);
  if (result.status === 0) return;
  const said = `${result.stdout}\n${result.stderr}`
    .split('\n')
    .filter((line) => /error|fatal|could not|No space/i.test(line));
  const reason =
    said.join(' ').trim() || result.stderr.trim() || `it ended with ${result.signal ?? `status ${result.status}`}`;
  throw new AppError(
    'unavailable',
    'initdb-failed',
    `No database could be made in ${options.dataDirectory}: ${reason}`,
  );
}

function localeArguments({ binaries, locale }: InitClusterOptions): string[] {
  const { provider, name } = locale ?? { provider: binaries.major >= 17 ? 'builtin' : 'libc', name: 'C.UTF-8' };
  // Messages and number formats stay in C, so that the log reads the same everywhere.
  if (provider === 'libc') return [`--locale-provider=libc`, `--locale=${name}`, '--lc-messages=C'];
  return [`--locale-provider=${provider}`, `--${provider}-locale=${name}`, '--locale=C'];
}

/** Puts the finished directory in its place; the rename itself is on disk when this returns. */
async function publish(temporary: string, target: string): Promise<void> {
  await rename(temporary, target);
  await syncDirectory(dirname(target));
}
