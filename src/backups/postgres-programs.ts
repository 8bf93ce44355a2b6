import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries, type PostgresBinaries } from '../database/server/binaries.ts';
import { runCommand } from '../database/server/command.ts';
import { AppError } from '../kernel/errors.ts';

/** A client program that runs on this machine. */
interface ClientProgram {
  readonly path: string;
  /** As it prints it: `15.18`. */
  readonly version: string;
  readonly major: number;
}

/** A pg_dump and the pg_restore that came with it. */
export interface DumpTools {
  readonly major: number;
  readonly pgDump: ClientProgram;
  readonly pgRestore: ClientProgram;
}

/** Where packages put several versions side by side: the directory below, and the part below each version's directory. */
const COMMON_PLACES: readonly (readonly [string, RegExp])[] = [
  ['/usr/lib/postgresql', /^\d+$/],
  ['/usr', /^pgsql-\d+$/],
  ['/opt/homebrew/opt', /^postgresql@\d+$/],
  ['/usr/local/opt', /^postgresql@\d+$/],
];

/**
 * The PostgreSQL servers that can be run here, oldest major first: in the given `bin` directories, in the npm package of the
 * embedded server, and where packages usually put them. What is there and does not run counts as not there.
 */
export async function findServers(directories: readonly string[] = []): Promise<PostgresBinaries[]> {
  const servers = await Promise.all([undefined, ...(await placesBesides(directories))].map(serverIn));
  return servers.filter((server) => server !== undefined).toSorted(byMajor);
}

/** The installations with both pg_dump and pg_restore, looked for in the same places, oldest major first. */
export async function findDumpTools(directories: readonly string[] = []): Promise<DumpTools[]> {
  const tools = await Promise.all((await placesBesides(directories)).map(dumpToolsIn));
  return tools.filter((found) => found !== undefined).toSorted(byMajor);
}

/**
 * The programs of a server of this major; where there is none, of the next newer one (a dump comes back under it, a base
 * backup does not: `startRestored` says so).
 *
 * @throws AppError `unavailable` `postgres-major-missing`.
 */
export async function findServerNear(major: number, directories: readonly string[] = []): Promise<PostgresBinaries> {
  const servers = await findServers(directories);
  const fitting = servers.find((server) => server.major >= major);
  if (fitting !== undefined) return fitting;
  const known = servers.map(({ version }) => version).join(', ') || 'none';
  throw new AppError(
    'unavailable',
    'postgres-major-missing',
    `The backup needs a PostgreSQL ${major} to be restored, and the programs on this machine are: ${known}. Install it, or set PG_BIN to its bin directory.`,
  );
}

const byMajor = (a: { readonly major: number }, b: { readonly major: number }) => a.major - b.major;

async function placesBesides(directories: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    COMMON_PLACES.map(async ([parent, name]) => {
      const names = await readdir(parent).catch(() => []);
      return names.filter((entry) => name.test(entry)).map((entry) => join(parent, entry, 'bin'));
    }),
  );
  return [...new Set([...directories, ...found.flat()])];
}

async function serverIn(directory: string | undefined): Promise<PostgresBinaries | undefined> {
  if (directory !== undefined && !(await isExecutable(join(directory, 'initdb')))) return undefined;
  return findBinaries(directory).catch(() => undefined);
}

async function dumpToolsIn(directory: string): Promise<DumpTools | undefined> {
  const [pgDump, pgRestore] = await Promise.all(
    ['pg_dump', 'pg_restore'].map((name) => clientProgram(directory, name)),
  );
  if (!pgDump || !pgRestore || pgDump.major !== pgRestore.major) return undefined;
  return { major: pgDump.major, pgDump, pgRestore };
}

async function clientProgram(directory: string, name: string): Promise<ClientProgram | undefined> {
  const path = join(directory, name);
  if (!(await isExecutable(path))) return undefined;
  const { status, stdout } = await runCommand({ file: path, args: ['--version'] }, 20);
  const version = /\(PostgreSQL\) (\d+[.\w]*)/.exec(stdout)?.[1];
  if (status !== 0 || version === undefined) return undefined;
  return { path, version, major: Number.parseInt(version, 10) };
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
