import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { segmentName } from '../verification/wal.ts';
import { formatLsn, segmentStartOf } from './log-position.ts';
import type { ReplicationCommand } from './replication.command.ts';
import type { ReplicationConnection } from './replication.connection.ts';

export interface WalStreamOptions {
  /** The slot that has kept the log since before the backup. */
  readonly slot: string;
  readonly timeline: number;
  readonly startLsn: bigint;
  /** The stream is complete once everything before this position has arrived. */
  readonly untilLsn: bigint;
  readonly segmentBytes: number;
  /** An existing directory; the segment files are made in it. */
  readonly directory: string;
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void;
}

/** What was received. */
export interface ReceivedWal {
  /** Names of the files in order: the timeline's history where there is one, then the segments. */
  readonly files: readonly string[];
  /** Everything from the first segment's first byte to here is in them. */
  readonly endLsn: bigint;
}

/** A temporary slot holds the log from this moment on; it goes away with the connection. */
export async function reserveWal(connection: ReplicationConnection, slot: string): Promise<void> {
  await connection.rows(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY PHYSICAL (RESERVE_WAL true)`);
}

/**
 * Streams write-ahead log into segment files, from the segment that holds `startLsn` until `untilLsn`. The last file is
 * filled with zeros to a whole segment, as PostgreSQL expects it. Nothing is synced to disk here.
 *
 * @throws AppError `unavailable` `wal-incomplete` when the stream has a gap or ends too early.
 */
export async function receiveWal(connection: ReplicationConnection, options: WalStreamOptions): Promise<ReceivedWal> {
  const history = await receiveTimelineHistory(connection, options);
  const from = segmentStartOf(options.startLsn, options.segmentBytes);
  const command = connection.start(
    `START_REPLICATION SLOT "${options.slot}" PHYSICAL ${formatLsn(from)} TIMELINE ${options.timeline}`,
  );
  await using writer = new SegmentWriter(options, from);
  let stopping = false;
  for await (const message of command) {
    if (message.kind !== 'copy') continue;
    if (message.bytes[0] === KEEPALIVE) answerKeepalive(command, message.bytes, writer.position);
    if (message.bytes[0] !== XLOG_DATA || stopping) continue;
    await writer.write(message.bytes.readBigUInt64BE(1), message.bytes.subarray(XLOG_DATA_HEADER_BYTES));
    options.onProgress?.(Number(writer.position - from), Number(options.untilLsn - from));
    if (writer.position < options.untilLsn) continue;
    stopping = true;
    command.endSending();
  }
  if (!stopping) throw incomplete(`the server ended the stream at ${formatLsn(writer.position)}`, options);
  await writer.finish();
  return { files: [...history, ...writer.files], endLsn: writer.position };
}

const XLOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
const STANDBY_STATUS = 'r'.charCodeAt(0);
/** Type, start of this piece, end of the server's log, the server's clock. */
const XLOG_DATA_HEADER_BYTES = 25;
/** Type, end of the server's log, the server's clock, then whether it wants an answer at once. */
const KEEPALIVE_REPLY_OFFSET = 17;
const STANDBY_STATUS_BYTES = 34;

/** The server drops a client that stays silent for wal_sender_timeout; it asks for a sign of life at half that time. */
function answerKeepalive(command: ReplicationCommand, message: Buffer, position: bigint): void {
  if (message[KEEPALIVE_REPLY_OFFSET] !== 1) return;
  const status = Buffer.alloc(STANDBY_STATUS_BYTES);
  status[0] = STANDBY_STATUS;
  status.writeBigUInt64BE(position, 1);
  // Flushed and applied positions, our clock and the reply flag stay 0: we are no standby that a commit may wait for.
  command.send(status);
}

/** A cluster that was once promoted recovers only with the history file of its timeline. */
async function receiveTimelineHistory(
  connection: ReplicationConnection,
  { timeline, directory }: WalStreamOptions,
): Promise<string[]> {
  if (timeline === 1) return [];
  const [name, content] = (await connection.rows(`TIMELINE_HISTORY ${timeline}`))[0] ?? [];
  if (!name || !/^[0-9A-F]{8}\.history$/.test(name)) {
    throw new AppError('unavailable', 'wal-incomplete', `The server has no history of timeline ${timeline}`);
  }
  await writeFile(join(directory, name), content ?? '', { mode: 0o600, flag: 'wx' });
  return [name];
}

/** Writes a contiguous stream into files of one segment each. */
class SegmentWriter implements AsyncDisposable {
  position: bigint;
  readonly files: string[] = [];
  readonly #options: WalStreamOptions;
  #file: FileHandle | undefined;

  constructor(options: WalStreamOptions, from: bigint) {
    this.#options = options;
    this.position = from;
  }

  async write(start: bigint, bytes: Buffer): Promise<void> {
    if (start !== this.position) throw incomplete(`it went on at ${formatLsn(start)}`, this.#options, this.position);
    let rest = bytes;
    while (rest.length > 0) {
      const offset = Number(this.position % BigInt(this.#options.segmentBytes));
      const piece = rest.subarray(0, this.#options.segmentBytes - offset);
      const file = this.#file ?? (await this.#open());
      await writeFully(file, piece, offset);
      this.position += BigInt(piece.length);
      rest = rest.subarray(piece.length);
      if (offset + piece.length === this.#options.segmentBytes) await this.#close();
    }
  }

  async finish(): Promise<void> {
    await this.#file?.truncate(this.#options.segmentBytes);
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #open(): Promise<FileHandle> {
    const { timeline, segmentBytes, directory } = this.#options;
    const name = segmentName(timeline, this.position, segmentBytes);
    this.#file = await open(join(directory, name), 'wx', 0o600);
    this.files.push(name);
    return this.#file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** A disk that is nearly full takes a part of a write without an error; only the next write fails. */
async function writeFully(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

function incomplete(what: string, options: WalStreamOptions, at?: bigint): AppError {
  const wanted = `${formatLsn(options.startLsn)} to ${formatLsn(options.untilLsn)}`;
  const where = at === undefined ? '' : ` after ${formatLsn(at)}`;
  return new AppError('unavailable', 'wal-incomplete', `The log from ${wanted} is not complete${where}: ${what}`);
}
