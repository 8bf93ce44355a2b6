import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../config.ts';
import { messageOf } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';
import { type Directories, directoriesOf } from './directories.ts';
import { diagnoseLogArchive } from './log-archive-diagnosis.ts';
import { findServerPrograms } from './open-database.ts';

/** One thing about this machine, and what its absence costs. */
export interface Diagnosis {
  readonly name: string;
  readonly status: 'ok' | 'missing';
  /** What was found. */
  readonly found: string;
  /** What does not work without it; empty when it is there. */
  readonly cost: string;
  /** Muster does not run without it. */
  readonly required: boolean;
}

interface Examination {
  readonly name: string;
  readonly required: boolean;
  readonly cost: string;
  /** Answers what was found; throws when it is missing. */
  readonly look: () => Promise<string>;
}

/** A base backup of a small installation, its extracted copy and a scratch server fit in this. */
const DISK_FREE_BYTES_MIN = 1024 ** 3;

/** Looks at everything that Muster can make use of on this machine. Changes nothing. */
export async function diagnose(config: Config): Promise<Diagnosis[]> {
  const directories = directoriesOf(config);
  return Promise.all(
    examinations(config, directories).map(async ({ name, required, cost, look }) => {
      try {
        return { name, required, status: 'ok' as const, found: await look(), cost: '' };
      } catch (thrown) {
        return { name, required, status: 'missing' as const, found: messageOf(thrown), cost };
      }
    }),
  );
}

function examinations(config: Config, directories: Directories): Examination[] {
  return [
    { name: 'Node.js', required: true, cost: 'Muster needs Node 24 or newer', look: nodeVersion },
    {
      name: 'PostgreSQL server',
      required: config.database === undefined,
      cost: 'no embedded database and no scratch server: no restore drill; set DATABASE_URL and PG_BIN',
      look: async () => {
        const { binaries, runAs } = await findServerPrograms(config);
        return `${binaries.version}, run by ${runAs.method}${runAs.diesWithParent ? ', ends with Muster' : ''}`;
      },
    },
    program('pg_dump', 'a database whose role may not take base backups cannot be dumped'),
    program('pg_restore', 'custom and directory dumps can be neither decoded nor restored'),
    program('psql', 'only that you have no SQL prompt beside Muster'),
    program('flock', 'the data directory is locked by a process id in a file, which a recycled id can fool'),
    {
      name: 'namespaces',
      required: false,
      cost: 'drill scripts cannot be isolated: steps with isolation are refused',
      look: namespaces,
    },
    {
      name: 'data directory',
      required: true,
      cost: 'Muster cannot keep anything',
      look: () => writable(directories.data),
    },
    {
      name: 'key files',
      required: true,
      cost: 'others on this machine can read the keys',
      look: () => closedToOthers(directories.keys),
    },
    { name: 'disk space', required: true, cost: 'backups and drills fail', look: () => freeSpace(directories.data) },
    {
      name: 'backups on another disk',
      required: false,
      cost: 'one broken disk takes data and backups together: set MUSTER_BACKUP_DIR',
      look: () => otherDevice(directories),
    },
    {
      name: 'log archive',
      required: false,
      cost: 'what happened after the last backup is lost with the database',
      look: () => diagnoseLogArchive(config, directories),
    },
    {
      name: 'clock',
      required: false,
      cost: 'times in reports and audit entries may be wrong',
      look: clockIsSynchronised,
    },
  ];
}

const run = promisify(execFile);

async function nodeVersion(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) < 24) throw new Error(process.version);
  return process.version;
}

function program(name: string, cost: string): Examination {
  const look = async () => {
    const { stdout } = await run(name, ['--version'], { timeout: 10_000 }).catch(() => {
      throw new Error('not installed, or not on the PATH');
    });
    return stdout.trim().split('\n')[0] ?? '';
  };
  return { name, required: false, cost, look };
}

async function namespaces(): Promise<string> {
  const flags = ['--user', '--map-root-user', '--mount', '--pid', '--net', '--fork', 'true'];
  await run('unshare', flags, { timeout: 10_000 }).catch((thrown) => {
    throw new Error(`unshare refuses: ${messageOf(thrown).split(': ').at(-1)}`);
  });
  return 'user, process, network and mount namespaces';
}

/** The nearest directory above that exists: what has not been made yet is judged by where it would be made. */
async function existing(directory: string): Promise<string> {
  for (let path = directory; ; path = join(path, '..')) {
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
}

async function writable(directory: string): Promise<string> {
  await access(await existing(directory), constants.W_OK);
  return directory;
}

async function closedToOthers(directory: string): Promise<string> {
  const files = await readdir(directory).catch(() => []);
  for (const file of files) {
    const { mode } = await stat(join(directory, file));
    if ((mode & 0o077) !== 0)
      throw new Error(`${join(directory, file)} can be read by others (mode ${(mode & 0o777).toString(8)})`);
  }
  return files.length === 0 ? 'none yet' : `${files.length} files, for their owner only`;
}

async function freeSpace(directory: string): Promise<string> {
  const { bavail, bsize } = await statfs(await existing(directory));
  const text = `${formatBytes(bavail * bsize)} free`;
  if (bavail * bsize < DISK_FREE_BYTES_MIN) throw new Error(`${text}, less than ${formatBytes(DISK_FREE_BYTES_MIN)}`);
  return text;
}

async function otherDevice({ data, backups }: Directories): Promise<string> {
  const [one, other] = await Promise.all([stat(await existing(data)), stat(await existing(backups))]);
  if (one.dev === other.dev) throw new Error(`${backups} is on the same disk as the data`);
  return backups;
}

async function clockIsSynchronised(): Promise<string> {
  const { stdout } = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: 5_000,
  }).catch(() => {
    throw new Error('cannot tell: timedatectl does not answer here');
  });
  if (stdout.trim() !== 'yes') throw new Error('not synchronised with a time server');
  return 'synchronised with a time server';
}
