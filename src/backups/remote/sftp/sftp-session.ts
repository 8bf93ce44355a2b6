import type { SFTPWrapper } from 'ssh2';
import { RemoteFault } from '../remote-fault.ts';
import { connectSftp, type SftpAccess, type SftpConnection } from './sftp-connect.ts';

/** What SFTP calls its refusals (draft-ietf-secsh-filexfer-02, 7), as the system calls them. */
const STATUS: Readonly<Record<number, string>> = { 2: 'ENOENT', 3: 'EACCES' };

/** How an answer comes. */
type Answer<T> = (error: Error | null | undefined, value: T) => void;

/** One connection to a server, and the directory there. */
export class SftpSession {
  #root = '';
  readonly #connection: SftpConnection;
  readonly #waiting = new Set<(fault: RemoteFault) => void>();
  #fault: RemoteFault | undefined;

  private constructor(connection: SftpConnection, silentMsMax: number) {
    this.#connection = connection;
    const { client, socket } = connection;
    socket.setTimeout(silentMsMax);
    socket.on('timeout', () => {
      if (this.#waiting.size > 0)
        this.#end('timed-out', `the server has not answered for ${silentMsMax / 1000} seconds`);
    });
    client.on('error', ({ message }) => this.#end('connection-lost', `the connection broke: ${message}`));
    client.on('close', () => this.#end('connection-lost', 'the connection was closed'));
  }

  /** @throws RemoteFault; the signal's reason. */
  static async open(access: SftpAccess, signal: AbortSignal): Promise<SftpSession> {
    const connection = await connectSftp(access, signal);
    const session = new SftpSession(connection, access.silentMsMax);
    try {
      session.#root = await session.#resolved(access.place.path, signal);
      return session;
    } catch (thrown) {
      session.close();
      throw thrown;
    }
  }

  get isOver(): boolean {
    return this.#fault !== undefined;
  }

  /**
   * Asks the server.
   * @throws RemoteFault when the connection breaks; a system error (ENOENT, EACCES, EIO) for what the server refuses; the
   * signal's reason.
   */
  ask<T>(signal: AbortSignal, question: (sftp: SFTPWrapper, answer: Answer<T>) => void): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(reject);
    question(this.#connection.sftp, (error, value) => {
      if (error === null || error === undefined) resolve(value);
      // An answer without a status: there was none.
      else if (typeof (error as { code?: unknown }).code !== 'number')
        setImmediate(() => reject(this.#fault ?? lost(error)));
      else reject(systemError(error as Error & { readonly code: number }));
    });
    return promise.finally(() => {
      signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(reject);
    });
  }

  /** A path of the server: the place is where the server resolved it to. */
  absolute(path: string): string {
    if (path === '') return this.#root;
    return this.#root === '/' ? `/${path}` : `${this.#root}/${path}`;
  }

  /** Whether no link stands in the way to this directory: then it lies inside the place. False where nothing is. */
  async isPlain(directory: string, signal: AbortSignal): Promise<boolean> {
    if (directory === '') return true;
    const path = this.absolute(directory);
    const real = await this.ask<string>(signal, (sftp, answer) => sftp.realpath(path, answer)).catch(unlessGone);
    return real === path;
  }

  close(): void {
    this.#fault ??= new RemoteFault('connection-lost', 'the connection was closed');
    this.#connection.client.end();
    this.#connection.socket.destroySoon();
  }

  async #resolved(path: string, signal: AbortSignal): Promise<string> {
    try {
      const real = await this.ask<string>(signal, (sftp, answer) => sftp.realpath(path, answer));
      const found = await this.ask<{ isDirectory(): boolean }>(signal, (sftp, answer) => sftp.stat(real, answer));
      if (found.isDirectory()) return real;
      throw new RemoteFault('not-a-directory', `${path} is not a directory`);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new RemoteFault('not-there', `${path} is not there`);
      if (code === 'EACCES')
        throw new RemoteFault('no-permission-to-list', `the user may not go through the directories above ${path}`);
      throw thrown;
    }
  }

  #end(code: 'timed-out' | 'connection-lost', message: string): void {
    this.#fault ??= new RemoteFault(code, message);
    for (const reject of this.#waiting) reject(this.#fault);
    this.#connection.socket.destroy();
  }
}

function lost(error: Error): RemoteFault {
  return new RemoteFault('connection-lost', `the connection broke: ${error.message}`);
}

function systemError({ code, message }: { readonly code: number; readonly message: string }): NodeJS.ErrnoException {
  return Object.assign(new Error(`the server says: ${message}`), { code: STATUS[code] ?? 'EIO' });
}

/** For what may be gone. */
export function unlessGone(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw thrown;
}
