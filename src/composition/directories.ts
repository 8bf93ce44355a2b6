import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { makeDirectory } from '../kernel/make-directory.ts';

/** Where everything lies. Absolute paths. */
export interface Directories {
  readonly data: string;
  readonly postgres: string;
  readonly serverLog: string;
  /** Key files: never part of a backup, sealed copies are exported into {@link Directories.backups}. */
  readonly keys: string;
  readonly backups: string;
  readonly anchors: string;
  /** Drills make theirs here and remove what they do not know: nothing else may lie in it. */
  readonly drillSandboxes: string;
  readonly checkSandboxes: string;
  /** New clusters that are copied for drills; may be removed at any time. */
  readonly clusterTemplates: string;
  readonly reports: string;
  /** Short private directories for sockets are made below it (a socket's path has 107 bytes at most). */
  readonly runtime: string;
  /** The sealed copy of the keys that lies beside the backups. */
  readonly keyExport: string;
  readonly adminToken: string;
}

/** The layout for a configuration; nothing is made yet. */
export function directoriesOf(config: Config): Directories {
  const data = config.dataDirectory;
  return {
    data,
    postgres: join(data, 'postgres'),
    serverLog: join(data, 'log'),
    keys: join(data, 'keys'),
    backups: config.backupDirectory,
    anchors: config.anchorDirectory,
    drillSandboxes: join(data, 'sandboxes', 'drills'),
    checkSandboxes: join(data, 'sandboxes', 'checks'),
    clusterTemplates: join(data, 'cluster-templates'),
    keyExport: keyExportIn(config.backupDirectory),
    reports: join(data, 'reports'),
    runtime: tmpdir(),
    adminToken: join(data, 'admin-token'),
  };
}

/** The sealed copy of the keys that lies beside the sets of a repository. */
export function keyExportIn(repository: string): string {
  return join(repository, 'keys', 'muster-keys.age');
}

/**
 * Makes the directories that are missing, readable for their owner only.
 * @throws AppError `unavailable` `directory-unusable` naming the first one that cannot be made.
 */
export async function makeDirectories(directories: Directories): Promise<void> {
  const { data, serverLog, keys, backups, anchors, reports, keyExport } = directories;
  for (const directory of [data, serverLog, keys, backups, anchors, reports, dirname(keyExport)]) {
    try {
      await makeDirectory(directory);
    } catch (thrown) {
      throw new AppError('unavailable', 'directory-unusable', `${directory} cannot be made: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
  }
}
