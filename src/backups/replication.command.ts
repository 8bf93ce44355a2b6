import type { Connection, Submittable } from 'pg';

/** What the driver's connection can do besides what its types say. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

/** What a replication command answers, in the order in which the server sent it. */
export type ReplicationMessage =
  | { readonly kind: 'row'; readonly values: readonly (string | null)[] }
  /** A result set (or the command itself) is complete. */
  | { readonly kind: 'complete' }
  /** The server streams from here on: it holds the slot for this connection. */
  | { readonly kind: 'streaming' }
  /** The payload of one CopyData message. */
  | { readonly kind: 'copy'; readonly bytes: Buffer };

/** Received bytes that wait for their reader: above the first the socket is paused, below the second it flows again. */
const PAUSE_ABOVE_BYTES = 8 * 1024 * 1024;
const RESUME_BELOW_BYTES = 2 * 1024 * 1024;

/**
 * One command of the replication protocol, which answers with several result sets and a copy stream where an ordinary
 * query has one result. The driver calls the `handle...` methods; the reader iterates over the messages, once.
 * A slow reader pauses the socket, so memory stays bounded. The iteration throws the server's error, or the loss of the
 * connection, after everything that arrived before it.
 */
export class ReplicationCommand implements Submittable, AsyncIterable<ReplicationMessage> {
  readonly #text: string;
  #connection: CopyConnection | undefined;
  #waiting: ReplicationMessage[] = [];
  #waitingBytes = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Sends the payload of one CopyData message. Only while the server streams in both directions. */
  send(bytes: Buffer): void {
    this.#connection?.sendCopyFromChunk(bytes);
  }

  /** Ends our half of the stream; the server then ends its own. */
  endSending(): void {
    this.#connection?.endCopyFrom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReplicationMessage> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const message of batch) {
        if (message.kind === 'copy') this.#taken(message.bytes.length);
        yield message;
      }
      if (this.#waiting.length > 0) continue;
      if (this.#failure) throw this.#failure;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #taken(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#paused && this.#waitingBytes < RESUME_BELOW_BYTES) {
      this.#paused = false;
      this.#connection?.stream.resume();
    }
  }

  #push(message: ReplicationMessage): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  submit(connection: Connection): void {
    this.#connection = connection as CopyConnection;
    // The driver hands this message to no command.
    connection.once('replicationStart', () => this.#push({ kind: 'streaming' }));
    connection.query(this.#text);
  }

  handleRowDescription(): void {
    // The columns of every command used here are known.
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.#push({ kind: 'row', values: message.fields });
  }

  handleCommandComplete(): void {
    this.#push({ kind: 'complete' });
  }

  handleCopyData(message: { readonly chunk: Buffer }): void {
    // The parser uses its buffer again once this call returns, so the bytes are copied.
    this.#push({ kind: 'copy', bytes: Buffer.from(message.chunk) });
    this.#waitingBytes += message.chunk.length;
    if (!this.#paused && this.#waitingBytes > PAUSE_ABOVE_BYTES) {
      this.#paused = true;
      this.#connection?.stream.pause();
    }
  }

  handleError(error: Error): void {
    this.#failure = error;
    this.#wake?.();
  }

  handleReadyForQuery(): void {
    this.#ended = true;
    this.#wake?.();
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleCopyInResponse(): void {
    this.#failure = new Error('the server wants to receive data, which no replication command used here does');
    this.#wake?.();
  }
}
