import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionSettings } from '../../database/connection.ts';
import { sqlFailureOf } from '../../database/sqlstate.ts';
import type { Clock } from '../../kernel/clock.ts';
import { placeFile, syncDirectory } from '../../kernel/durable-files.ts';
import { AppError } from '../../kernel/errors.ts';
import { makeDirectory } from '../../kernel/make-directory.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import { LogStream } from '../log-stream.ts';
import { ReplicationConnection, type SystemIdentity } from '../replication.connection.ts';
import { requireAvailable } from '../repository.identity.ts';
import { readServerFacts } from '../server-facts.ts';
import { receiveTimelineHistory, type TimelineHistory } from '../timeline-history.ts';
import { type LogArchiveListing, listLogArchive, logArchiveIn, setArchiveAside } from './archive-directory.ts';
import type { ArchiveProgress } from './archive-progress.ts';
import { archiveSlotName, type HeldSlot, holdSlot } from './archive-slot.ts';
import { keepStreaming } from './keep-streaming.ts';
import { type StreamStart, streamStart } from './stream-start.ts';

/** What one stream into the archive is given. */
export interface SessionOptions {
  readonly set: BackupSet;
  readonly repository: Repository;
  /** As a role with REPLICATION. */
  readonly database: ConnectionSettings;
  /** What was received is on the repository's disk after so long at the latest. */
  readonly flushSeconds: number;
  readonly clock: Clock;
  readonly progress: ArchiveProgress;
  /** Ends the stream once everything is archived that the server has written by then. */
  readonly stopping: AbortSignal;
  /** Up to where the server has its log on disk now. */
  readonly flushedLsn: () => Promise<bigint>;
  /** The slot is ours. Waited for before anything is written. */
  readonly onBegun: (begun: SessionBegun) => Promise<void>;
}

/** What earlier streams have found out, until one begins. */
export interface FoundBefore {
  /** The server no longer has what comes before this. */
  readonly fromLsn?: bigint;
  /** Log that should have been archived, and that the server no longer had. */
  readonly gap?: { readonly fromLsn: bigint; readonly untilLsn: bigint };
  /** Where a former archive lies now that does not fit this log. */
  readonly setAside?: string;
  /** How the slot was found before it was made anew. */
  readonly slotWas?: HeldSlot['was'];
}

/** How a stream begins. */
export interface SessionBegun extends Pick<FoundBefore, 'gap' | 'setAside'> {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** There was nothing in the archive, not even of another timeline. */
  readonly isEmpty: boolean;
  readonly slotWas: HeldSlot['was'];
  readonly fromLsn: bigint;
  /** Of this timeline nothing was archived before. */
  readonly isNewTimeline: boolean;
}

/**
 * Archives the log of a server until it is told to stop, from where the archive ends. The slot is the lock: nothing in the
 * repository is touched before the server has given it to this connection.
 *
 * @returns what to begin again with at once; undefined after a stop.
 * @throws AppError `unavailable` `repository-unavailable`, `replication-failed`; `forbidden` `replication-refused`; the
 * server's own error, such as 55006 while another process has the slot.
 */
export async function archiveLog(options: SessionOptions, before: FoundBefore = {}): Promise<FoundBefore | undefined> {
  const { repository, set, database } = options;
  await requireAvailable(repository);
  const { walSegmentBytes: segmentBytes } = await readServerFacts(database);
  const connection = await ReplicationConnection.open(database);
  try {
    const system = await connection.identifySystem();
    const history = await receiveTimelineHistory(connection, system.timeline);
    const held = await holdSlot(connection, archiveSlotName(set.id));
    const directory = logArchiveIn(join(repository.root, set.name), system.systemIdentifier);
    const listing = await listLogArchive(directory);
    const start = streamStart({
      ...{ listing, segmentBytes, timelineBeginLsn: history?.beginLsn },
      ...{ restartLsn: held.restartLsn, flushLsn: system.flushLsn, timeline: system.timeline },
    });
    const found = {
      connection,
      system,
      history,
      directory,
      listing,
      start,
      segmentBytes,
      slotWas: before.slotWas ?? held.was,
    };
    return await stream(options, found, before);
  } finally {
    options.progress.end();
    await connection.close();
  }
}

interface Found {
  readonly connection: ReplicationConnection;
  readonly system: SystemIdentity;
  readonly history: TimelineHistory | undefined;
  readonly directory: string;
  /** As it was before the slot was ours. */
  readonly listing: LogArchiveListing;
  readonly start: StreamStart;
  readonly segmentBytes: number;
  readonly slotWas: HeldSlot['was'];
}

async function stream(options: SessionOptions, found: Found, before: FoundBefore): Promise<FoundBefore | undefined> {
  const { connection, system, directory, listing, start, segmentBytes, slotWas } = found;
  const { timeline } = system;
  const fromLsn = before.fromLsn ?? (start.kind === 'diverged' ? start.otherwiseLsn : start.fromLsn);
  const log = new LogStream(connection, { slot: archiveSlotName(options.set.id), timeline, fromLsn });
  const messages = log[Symbol.asyncIterator]();
  await slotIsOurs(messages);
  await requireAvailable(options.repository);
  // Another process may have gone on archiving until a moment ago.
  if (!isDeepStrictEqual(await listLogArchive(directory), listing)) return { ...before, slotWas };
  if (start.kind === 'diverged' || (await isOtherBranch(found))) return setAside(options, directory);
  await prepareDirectory(found);
  await options.onBegun(begunOf(found, fromLsn, before));
  options.progress.begin(fromLsn);
  try {
    await keepStreaming({ ...options, log, messages, directory, timeline, segmentBytes, fromLsn });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'wal-diverged') return setAside(options, directory);
    const isRemoved = sqlFailureOf(thrown)?.code === UNDEFINED_FILE && start.otherwiseLsn > fromLsn;
    if (!isRemoved) throw thrown;
    const gap = { fromLsn, untilLsn: start.otherwiseLsn };
    return { ...before, slotWas, fromLsn: start.otherwiseLsn, ...(start.kind === 'continued' ? { gap } : {}) };
  }
}

/** The server's word for a segment that it has removed: it says so before it sends anything. */
const UNDEFINED_FILE = '58P01';

async function slotIsOurs(messages: AsyncIterator<{ readonly kind: string }>): Promise<void> {
  const first = await messages.next();
  if (first.done !== true && first.value.kind === 'streaming') return;
  throw new AppError('unavailable', 'replication-failed', 'The server does not stream its log');
}

async function setAside({ clock }: SessionOptions, directory: string): Promise<FoundBefore> {
  return { setAside: await setArchiveAside(directory, clock) };
}

/** A timeline of the same number that began elsewhere: the same backup was restored twice. */
async function isOtherBranch({ directory, history }: Found): Promise<boolean> {
  if (history === undefined) return false;
  const known = await readFile(join(directory, history.fileName), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
    return undefined;
  });
  return known !== undefined && known !== history.content;
}

async function prepareDirectory({ directory, history }: Found): Promise<void> {
  await makeDirectory(directory);
  for (const made of [directory, dirname(directory), dirname(dirname(directory))]) await syncDirectory(dirname(made));
  if (history !== undefined) await placeFile(join(directory, history.fileName), Buffer.from(history.content));
}

function begunOf({ system, listing, slotWas, start }: Found, fromLsn: bigint, before: FoundBefore): SessionBegun {
  return {
    ...{ fromLsn, slotWas, systemIdentifier: system.systemIdentifier, timeline: system.timeline },
    isEmpty: listing.segments.length + listing.unfinished.length === 0,
    isNewTimeline: start.kind === 'new',
    ...(before.gap === undefined ? {} : { gap: before.gap }),
    ...(before.setAside === undefined ? {} : { setAside: before.setAside }),
  };
}
