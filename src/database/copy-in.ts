import { once } from 'node:events';
import type { ClientBase, Connection, Submittable } from 'pg';

/** Text as a value in the text format of `COPY`. */
export function copied(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '') : text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** No value in the text format of `COPY`. */
export const NO_VALUE = '\\N';

/** What the driver's connection can do besides what its types say. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/**
 * A `COPY ... FROM stdin` under way: its rows are sent piece by piece, in the form that the command says. A server that is
 * slower than whoever sends holds the sender back, so memory stays bounded.
 */
export class CopyIn implements Submittable {
  /** The driver's: it ends the time limit of the statement. */
  callback: ((error?: Error) => void) | undefined;
  readonly #text: string;
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<number>();
  #rows = 0;
  #connection: CopyConnection | undefined;
  #failure: Error | undefined;

  private constructor(text: string) {
    this.#text = text;
    // Whoever waits for the end hears of it; until then it is no unhandled rejection.
    this.#ready.promise.catch(() => {});
    this.#done.promise.catch(() => {});
  }

  /** Begins; resolves when the server takes rows. @throws the server's error. */
  static async begin(client: ClientBase, text: string): Promise<CopyIn> {
    const copy = new CopyIn(text);
    client.query(copy);
    await copy.#ready.promise;
    return copy;
  }

  /** Sends the next bytes of the rows. @throws the server's error as soon as it is known. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const connection = this.#connection;
    connection?.sendCopyFromChunk(bytes);
    if (connection?.stream.writableNeedDrain !== true) return;
    await Promise.race([once(connection.stream, 'drain'), this.#done.promise]);
  }

  /** Says that the rows are complete; answers how many the server has taken. @throws the server's error. */
  async end(): Promise<number> {
    if (this.#failure === undefined) this.#connection?.endCopyFrom();
    return this.#done.promise;
  }

  /** Gives the rows up: the server forgets them. */
  async fail(why: string): Promise<void> {
    if (this.#failure === undefined) this.#connection?.sendCopyFail(why);
    await this.#done.promise.catch(() => {});
  }

  submit(connection: Connection): void {
    this.#connection = connection as CopyConnection;
    connection.query(this.#text);
  }

  handleCopyInResponse(): void {
    this.#ready.resolve();
  }

  handleError(error: Error): void {
    this.callback?.(error);
    this.#failure = error;
    this.#ready.reject(error);
    this.#done.reject(error);
  }

  handleReadyForQuery(): void {
    this.callback?.();
    this.#ready.resolve();
    this.#done.resolve(this.#rows);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}
