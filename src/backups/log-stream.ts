import { formatLsn } from './log-position.ts';
import type { ReplicationCommand } from './replication.command.ts';
import type { ReplicationConnection } from './replication.connection.ts';

/** What the server says while it streams its write-ahead log. */
export type LogMessage =
  /** The stream has begun: the slot is this connection's until it ends. */
  | { readonly kind: 'streaming' }
  /** The next bytes. `serverEndLsn`: so far the server had written when it sent them. */
  | { readonly kind: 'data'; readonly startLsn: bigint; readonly bytes: Buffer; readonly serverEndLsn: bigint }
  /** A sign of life; `wantsReply` asks for one in return. */
  | { readonly kind: 'alive'; readonly serverEndLsn: bigint; readonly wantsReply: boolean };

export interface LogStreamOptions {
  readonly slot: string;
  readonly timeline: number;
  /** The first byte of a segment. */
  readonly fromLsn: bigint;
}

const XLOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
const STANDBY_STATUS = 'r'.charCodeAt(0);
/** Type, start of this piece, end of the server's log, the server's clock. */
const XLOG_DATA_HEADER_BYTES = 25;
/** Type, end of the server's log, the server's clock, then whether it wants an answer at once. */
const KEEPALIVE_REPLY_OFFSET = 17;
const STANDBY_STATUS_BYTES = 34;

/**
 * The write-ahead log as it is written, over the physical replication protocol. The iteration throws the server's error, or
 * the loss of the connection, after everything that arrived before it.
 */
export class LogStream implements AsyncIterable<LogMessage> {
  readonly #command: ReplicationCommand;

  constructor(connection: ReplicationConnection, { slot, timeline, fromLsn }: LogStreamOptions) {
    this.#command = connection.start(
      `START_REPLICATION SLOT "${slot}" PHYSICAL ${formatLsn(fromLsn)} TIMELINE ${timeline}`,
    );
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogMessage> {
    for await (const message of this.#command) {
      if (message.kind === 'streaming') yield message;
      if (message.kind !== 'copy') continue;
      const { bytes } = message;
      if (bytes[0] === XLOG_DATA) yield dataOf(bytes);
      else if (bytes[0] === KEEPALIVE) yield aliveOf(bytes);
    }
  }

  /**
   * Tells the server how far the stream has got: it drops a client that stays silent for wal_sender_timeout, and asks for a
   * sign of life at half that time.
   *
   * @param keptLsn everything before it is kept for good, and the slot need not hold it any longer. 0: nothing is said of it.
   */
  report(writtenLsn: bigint, keptLsn = 0n): void {
    const status = Buffer.alloc(STANDBY_STATUS_BYTES);
    status[0] = STANDBY_STATUS;
    status.writeBigUInt64BE(writtenLsn, 1);
    status.writeBigUInt64BE(keptLsn, 9);
    // The applied position, our clock and the reply flag stay 0: we are no standby that serves queries.
    this.#command.send(status);
  }

  /** Ends our half of the stream; the server then ends its own, and the iteration with it. */
  end(): void {
    this.#command.endSending();
  }
}

function dataOf(message: Buffer): LogMessage {
  return {
    kind: 'data',
    startLsn: message.readBigUInt64BE(1),
    serverEndLsn: message.readBigUInt64BE(9),
    bytes: message.subarray(XLOG_DATA_HEADER_BYTES),
  };
}

function aliveOf(message: Buffer): LogMessage {
  const wantsReply = message[KEEPALIVE_REPLY_OFFSET] === 1;
  return { kind: 'alive', serverEndLsn: message.readBigUInt64BE(1), wantsReply };
}
