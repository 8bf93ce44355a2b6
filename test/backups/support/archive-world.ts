import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type LogArchiveListing, listLogArchive } from '../../../src/backups/log-archive/archive-directory.ts';
import { archiveSlotName } from '../../../src/backups/log-archive/archive-slot.ts';
import { logArchiveOf } from '../../../src/backups/log-archive/log-archive.queries.ts';
import type { LogArchive } from '../../../src/backups/log-archive/log-archive.ts';
import { type LogArchiver, startLogArchiver } from '../../../src/backups/log-archive/log-archiver.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { testLog } from '../../support/log.ts';
import { eventually } from '../../system/eventually.ts';
import { runOn } from './backup-cluster.ts';
import { type BackupWorld, useBackupWorld } from './backup-world.ts';

/** An installation whose log can be archived. */
export interface ArchiveWorld extends BackupWorld {
  /** Begins to archive; stopped after the test. A second one waits for the first, and is not waited for. */
  archive(options?: { readonly isSecond?: boolean }): Promise<LogArchiver>;
  /** Backups that archiving has ordered since the last call. */
  ordered(): number;
  state(): Promise<LogArchive | undefined>;
  listing(): Promise<LogArchiveListing>;
  /** Where the archive lies; it is there. */
  directory(): Promise<string>;
  /** Runs statements as the superuser. */
  run(...statements: string[]): Promise<void>;
  /** Completes `count` segments. */
  fillSegments(count: number): Promise<void>;
  /** Waits until everything is archived that the server has written by now. */
  caughtUp(): Promise<void>;
  readonly slot: Promise<string>;
}

export function useArchiveWorld(): ArchiveWorld {
  const world = useBackupWorld();
  const running: LogArchiver[] = [];
  let orders = 0;

  afterEach(async () => {
    for (const archiver of running.splice(0)) await archiver.stop();
  });

  const flushed = async () => {
    const [row] = await world.db.rows<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return row?.lsn ?? '';
  };
  const added = {
    archive: async ({ isSecond = false } = {}) => {
      const archiver = startLogArchiver({
        ...{ db: world.db, database: world.cluster.owner, clock: systemClock, log: testLog },
        setId: (await world.set()).id,
        orderBackup: async () => {
          orders += 1;
        },
        flushSeconds: 0.05,
        retrySeconds: 0.05,
      });
      running.push(archiver);
      if (!isSecond) await eventually('it archives', 60, () => archiver.lagSeconds() !== undefined || undefined);
      return archiver;
    },
    ordered: () => {
      const ordered = orders;
      orders = 0;
      return ordered;
    },
    state: async () => logArchiveOf(world.db, (await world.set()).id),
    listing: async () => listLogArchive(await added.directory()),
    directory: async () => {
      const wal = join(world.cluster.repositoryRoot, 'muster-database', 'wal');
      const [identifier = ''] = (await readdir(wal)).filter((name) => /^\d+$/.test(name));
      return join(wal, identifier);
    },
    // Other than the cluster of the tests, a service has its commits on disk.
    run: (...statements: string[]) => runOn(world.cluster.superuser, 'SET synchronous_commit = on', ...statements),
    fillSegments: async (count: number) => {
      for (let filled = 0; filled < count; filled += 1) {
        await added.run(`SELECT pg_logical_emit_message(false, 'test', repeat('x', 10000))`, 'SELECT pg_switch_wal()');
      }
    },
    caughtUp: async () => {
      const lsn = await flushed();
      await eventually(`the log up to ${lsn} is archived`, 60, async () => {
        const [row] = await world.db.rows<{ done: boolean }>(
          'SELECT restart_lsn >= $1::pg_lsn AS done FROM pg_replication_slots WHERE slot_name = $2',
          [lsn, await added.slot],
        );
        return row?.done || undefined;
      });
    },
    get slot() {
      return world.set().then(({ id }) => archiveSlotName(id));
    },
  };
  return Object.defineProperties(added, Object.getOwnPropertyDescriptors(world)) as unknown as ArchiveWorld;
}
