import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionSettings } from '../../database/connection.ts';
import type { Database } from '../../database/database.ts';
import { sqlFailureOf } from '../../database/sqlstate.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { explainServerFailure } from '../capture-failure.ts';
import { explainFullDisk } from '../disk.ts';
import { formatLsn, lsnOf } from '../log-position.ts';
import { repositoryById } from '../repository.queries.ts';
import { type BeginOptions, recordBegin } from './archive-begin.ts';
import { ArchiveProgress } from './archive-progress.ts';
import { archiveLog, type FoundBefore, type SessionBegun } from './archive-session.ts';
import { archiveSlotName } from './archive-slot.ts';
import { recordLogFailure } from './log-archive.store.ts';

export interface LogArchiverOptions extends BeginOptions {
  /** The database whose log is archived, as a role with REPLICATION: Muster's own. */
  readonly database: ConnectionSettings;
  readonly setId: string;
  readonly clock: Clock;
  /** What was received is on the repository's disk after so long at the latest; 2 unless stated. */
  readonly flushSeconds?: number;
  /** Between two tries; 5 unless stated. */
  readonly retrySeconds?: number;
}

/** The archiving of a set's log in this process. */
export interface LogArchiver {
  /** See `ArchiveProgress`; undefined while this process does not archive: another one does, or nothing can. */
  lagSeconds(): number | undefined;
  /** Why this process cannot archive; undefined while it does, or waits for another one that does. */
  failure(): string | undefined;
  /** Archives what the server has written by now, and ends; waits no longer than 10 s for it. Never throws. */
  stop(): Promise<void>;
}

/**
 * Archives the log of Muster's own database, for as long as the process runs. Of several processes one does; the others wait
 * for the slot. Whatever stands in the way (a repository or a database that is away, a full disk) is told once and tried again
 * until it is gone; meanwhile the slot keeps the log, as much of it as the server allows (max_slot_wal_keep_size).
 */
export function startLogArchiver(options: LogArchiverOptions): LogArchiver {
  const progress = new ArchiveProgress(options.clock);
  const stopping = new AbortController();
  const archiving = new Archiving(options, progress, stopping.signal);
  const ended = archiving.run();
  return {
    lagSeconds: () => progress.lagSeconds(),
    failure: () => archiving.failure?.message,
    async stop() {
      stopping.abort();
      const limit = new AbortController();
      const waited = delay(STOP_SECONDS_MAX * 1000, undefined, { signal: limit.signal, ref: false }).catch(() => {});
      await Promise.race([ended, waited]);
      limit.abort();
    },
  };
}

/** A disk that hangs must not keep the service from ending: what is not archived yet, the slot keeps. */
const STOP_SECONDS_MAX = 10;

const FLUSH_SECONDS = 2;
const RETRY_SECONDS = 5;

/** The same failure is written into the service's log so often. */
const TOLD_AGAIN_MS = 600_000;

/** Another process has the slot, or was faster to make it. */
const SLOT_TAKEN: ReadonlySet<string> = new Set(['55006', '42710']);

class Archiving {
  failure: { readonly code: string; readonly message: string } | undefined;
  readonly #options: LogArchiverOptions;
  readonly #progress: ArchiveProgress;
  readonly #stopping: AbortSignal;
  #before: FoundBefore = {};
  #isRecorded = false;
  #told: { readonly message: string; readonly atMs: number } | undefined;
  #root = '';

  constructor(options: LogArchiverOptions, progress: ArchiveProgress, stopping: AbortSignal) {
    this.#options = options;
    this.#progress = progress;
    this.#stopping = stopping;
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        const again = await this.#archive();
        if (again === undefined) return;
        this.#before = again;
      } catch (thrown) {
        await this.#note(thrown);
        const retryMs = (this.#options.retrySeconds ?? RETRY_SECONDS) * 1000;
        await delay(retryMs, undefined, { signal: this.#stopping }).catch(() => {});
      }
    }
  }

  async #archive(): Promise<FoundBefore | undefined> {
    const { db, setId, database, clock, flushSeconds = FLUSH_SECONDS } = this.#options;
    const set = await backupSetById(db, setId);
    const repository = await repositoryById(db, set.repositoryId);
    this.#root = repository.root;
    return archiveLog(
      {
        ...{ set, repository, database, clock, flushSeconds },
        progress: this.#progress,
        stopping: this.#stopping,
        flushedLsn: () => flushedLsn(db),
        onBegun: (begun) => this.#begin(set, repository, begun),
      },
      this.#before,
    );
  }

  async #begin(set: BackupSet, repository: Repository, begun: SessionBegun): Promise<void> {
    const { log } = this.#options;
    await recordBegin(this.#options, set, repository, begun);
    this.#before = {};
    if (this.failure !== undefined) log.info('the log is archived again');
    this.failure = undefined;
    log.info({ fromLsn: formatLsn(begun.fromLsn), timeline: begun.timeline }, 'archiving the log of the database');
  }

  async #note(thrown: unknown): Promise<void> {
    if (SLOT_TAKEN.has(sqlFailureOf(thrown)?.code ?? '')) {
      this.failure = undefined;
      return;
    }
    const { log } = this.#options;
    const cause = await explainFullDisk(this.#root, explainServerFailure(thrown));
    const failure = { code: cause instanceof AppError ? cause.code : 'internal', message: messageOf(cause) };
    const isNew = failure.message !== this.failure?.message;
    this.failure = failure;
    const isTold = this.#isToldAlready(failure.message);
    // A role that may not replicate is a choice, and `muster doctor` says what it costs.
    const isRefused = failure.code === 'replication-refused';
    if (!isTold && isRefused) log.warn(`the log of the database is not archived: ${failure.message}`);
    else if (!isTold) log.error({ err: cause }, `the log of the database cannot be archived: ${failure.message}`);
    if (!isRefused && (isNew || !this.#isRecorded)) this.#isRecorded = await this.#record(failure);
  }

  /** An archive that begins and breaks off again and again, as on a full disk, would fill the service's log with that. */
  #isToldAlready(message: string): boolean {
    const nowMs = performance.now();
    if (this.#told?.message === message && nowMs - this.#told.atMs < TOLD_AGAIN_MS) return true;
    this.#told = { message, atMs: nowMs };
    return false;
  }

  /** @returns false when the database is away itself, or the server still holds our last stream: then it is tried again. */
  async #record(failure: { readonly code: string; readonly message: string }): Promise<boolean> {
    const { db, setId } = this.#options;
    return recordLogFailure(db, setId, archiveSlotName(setId), failure).catch(() => false);
  }
}

async function flushedLsn(db: Database): Promise<bigint> {
  const [row] = await db.rows<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return lsnOf(row?.lsn);
}
