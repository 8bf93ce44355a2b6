import { AppError } from '../kernel/errors.ts';
import { lsnOf } from './log-position.ts';
import type { ReplicationConnection } from './replication.connection.ts';

/** Something that takes bytes in order; the promise is the back-pressure. */
export interface ByteSink {
  write(bytes: Buffer): Promise<void>;
}

export interface BaseBackupOptions {
  readonly label: string;
  /** The server sends no faster; undefined: as fast as it goes. */
  readonly bytesPerSecondMax?: number | undefined;
  /** Takes the tar archive of the data directory. */
  readonly archive: ByteSink;
  /** Takes the backup manifest. */
  readonly manifest: ByteSink;
  /** Bytes of the archive so far, and the server's estimate of the whole. */
  readonly onProgress?: (receivedBytes: number, estimatedBytes: number) => void;
}

/** What the server said about the backup that it sent. */
export interface BaseBackup {
  /** Recovery begins here. */
  readonly startLsn: bigint;
  /** The data is consistent only once recovery has reached this position. */
  readonly endLsn: bigint;
  readonly timeline: number;
  /** Length of the tar archive. */
  readonly archiveBytes: number;
}

/**
 * Receives a base backup of the whole cluster over the replication protocol of PostgreSQL 15 and newer, with its manifest
 * and without its write-ahead log. The server checks the checksum of every page that it sends, and fails when one is wrong.
 *
 * @throws AppError `unprocessable` `tablespaces-not-supported` when data lies outside the data directory; the server's
 * own error otherwise.
 */
export async function receiveBaseBackup(
  connection: ReplicationConnection,
  options: BaseBackupOptions,
): Promise<BaseBackup> {
  const label = options.label.replaceAll("'", "''");
  const command = connection.start(
    `BASE_BACKUP (LABEL '${label}', CHECKPOINT 'fast', PROGRESS true, WAIT false, TABLESPACE_MAP true, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256'${maxRate(options)})`,
  );
  const answer = new BaseBackupAnswer(options);
  for await (const message of command) {
    if (message.kind === 'copy') await answer.copy(message.bytes);
    else if (message.kind === 'row') answer.row(message.values);
    else if (message.kind === 'complete') answer.completedResults += 1;
  }
  return answer.finish();
}

/** What the server accepts as a rate: kilobytes in a second, up to a gigabyte. */
const RATE_KB_MAX = 1_048_576;

function maxRate({ bytesPerSecondMax }: BaseBackupOptions): string {
  return bytesPerSecondMax === undefined
    ? ''
    : `, MAX_RATE ${Math.min(Math.floor(bytesPerSecondMax / 1024), RATE_KB_MAX)}`;
}

/** Results before the copy stream: the start position, the tablespaces. After it: the end position, the command's end. */
const RESULTS_BEFORE_COPY = 2;
const RESULTS_IN_ALL = 4;

/** Follows the answer: two result sets, the copy stream with the archive and the manifest, one more result set. */
class BaseBackupAnswer {
  completedResults = 0;
  readonly #options: BaseBackupOptions;
  #start: { lsn: bigint; timeline: number } | undefined;
  #endLsn: bigint | undefined;
  #estimatedBytes = 0;
  #archiveBytes = 0;
  #target: 'none' | 'archive' | 'manifest' = 'none';

  constructor(options: BaseBackupOptions) {
    this.#options = options;
  }

  row(values: readonly (string | null)[]): void {
    const [first, second, third] = values;
    if (this.completedResults === 0) this.#start = { lsn: lsnOf(first), timeline: Number(second) };
    else if (this.completedResults >= RESULTS_BEFORE_COPY) this.#endLsn = lsnOf(first);
    else if (typeof first === 'string') throw tablespacesNotSupported(second ?? first);
    else this.#estimatedBytes = Number(third ?? 0) * 1024;
  }

  async copy(message: Buffer): Promise<void> {
    const type = String.fromCharCode(message[0] ?? 0);
    if (type === 'd') return this.#data(message.subarray(1));
    if (type === 'm') this.#target = 'manifest';
    else if (type === 'n') this.#beginArchive(message);
    else if (type !== 'p') throw unexpected(`a message of the unknown type ${JSON.stringify(type)}`);
  }

  #beginArchive(message: Buffer): void {
    const [name] = message.toString('utf8', 1).split('\0');
    if (name !== 'base.tar' || this.#target !== 'none') throw unexpected(`the archive ${JSON.stringify(name)}`);
    this.#target = 'archive';
  }

  async #data(bytes: Buffer): Promise<void> {
    if (this.#target === 'none') throw unexpected('data that belongs to no archive');
    if (this.#target === 'manifest') return this.#options.manifest.write(bytes);
    await this.#options.archive.write(bytes);
    this.#archiveBytes += bytes.length;
    this.#options.onProgress?.(this.#archiveBytes, Math.max(this.#estimatedBytes, this.#archiveBytes));
  }

  finish(): BaseBackup {
    const whole = this.completedResults === RESULTS_IN_ALL && this.#target === 'manifest';
    if (!whole || !this.#start || this.#endLsn === undefined) throw unexpected('an end before everything was there');
    const { lsn: startLsn, timeline } = this.#start;
    return { startLsn, endLsn: this.#endLsn, timeline, archiveBytes: this.#archiveBytes };
  }
}

function unexpected(what: string): AppError {
  return new AppError('unavailable', 'replication-failed', `The server's answer to BASE_BACKUP held ${what}`);
}

/** The refusal of a cluster with tablespaces of its own. */
export function tablespacesNotSupported(where: string): AppError {
  return new AppError(
    'unprocessable',
    'tablespaces-not-supported',
    `The cluster keeps data in a tablespace outside its data directory (${where}). Base backups of tablespaces are not supported: move the tables to pg_default, or back up with pg_dump.`,
  );
}
