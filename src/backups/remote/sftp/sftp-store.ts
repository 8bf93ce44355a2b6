import { Readable } from 'node:stream';
import { messageOf } from '../../../kernel/errors.ts';
import { patiently } from '../patience.ts';
import { RemoteFault, storeUnavailable } from '../remote-fault.ts';
import type { RemoteEntry, RemoteStore, RemoteUpload, TransferOptions } from '../remote-store.ts';
import type { SftpAccess } from './sftp-connect.ts';
import { readPieces } from './sftp-files.ts';
import { entryOf, listSftp } from './sftp-list.ts';
import { sftpAddress } from './sftp-place.ts';
import { SftpPut } from './sftp-put.ts';
import { removeFiles, removeParts, statusOf } from './sftp-removal.ts';
import { SftpSession } from './sftp-session.ts';

/** A server that says nothing for so long is taken for gone, and so long is waited before the second try. */
const SILENT_MS_MAX = 30_000;
const PAUSE_MS = 1000;

/** A directory on an SFTP server. It connects when it is asked something, and again when a connection broke. */
export class SftpStore implements RemoteStore {
  readonly #access: SftpAccess;
  readonly #pauseMs: number;
  #session: Promise<SftpSession> | undefined;

  constructor(
    access: Omit<SftpAccess, 'silentMsMax'> & Partial<Pick<SftpAccess, 'silentMsMax'>>,
    { pauseMs = PAUSE_MS }: { readonly pauseMs?: number } = {},
  ) {
    this.#access = { silentMsMax: SILENT_MS_MAX, ...access };
    this.#pauseMs = pauseMs;
  }

  async *list(
    directory: string,
    enter: (directory: string) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly RemoteEntry[]> {
    try {
      yield* listSftp(await this.#connected(signal), directory, enter, signal);
    } catch (thrown) {
      if (directory !== '' && (thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw this.#told(thrown, 'no-permission-to-list');
    }
  }

  async look(path: string, signal: AbortSignal): Promise<RemoteEntry | undefined> {
    const found = await this.#ask(signal, (session) => statusOf(session, path, signal), 'no-permission-to-read');
    if (path === '' && found?.isDirectory() !== true) {
      throw this.#told(new RemoteFault('not-there', `${this.#access.place.path} is not there`), 'not-there');
    }
    return found && entryOf(path, found);
  }

  read(
    path: string,
    { offset, tag }: { readonly offset: number; readonly tag?: string | undefined },
    signal: AbortSignal,
  ): Readable {
    return Readable.from(this.#pieces({ path, offset, tag }, signal), { objectMode: false });
  }

  async put(files: readonly RemoteUpload[], options: TransferOptions): Promise<void> {
    const { signal } = options;
    const put = new SftpPut(files);
    try {
      const attempt = () => this.#ask(signal, (session) => put.run(session, options), 'no-permission-to-write');
      await patiently(attempt, { signal, pauseMs: this.#pauseMs, progress: () => put.sentBytes });
    } catch (thrown) {
      // What cannot be removed now is found later.
      const soon = AbortSignal.timeout(UNDO_MS_MAX);
      await this.#ask(soon, (session) => put.undo(session, soon), 'no-permission-to-write').catch(() => undefined);
      throw thrown;
    }
  }

  remove(paths: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#ask(signal, (session) => removeFiles(session, paths, signal), 'no-permission-to-write');
  }

  removeUnfinished(directory: string, olderThanMs: number, signal: AbortSignal): Promise<number> {
    const beforeMs = Date.now() - olderThanMs;
    return this.#ask(signal, (session) => removeParts(session, directory, beforeMs, signal), 'no-permission-to-write');
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    session?.close();
  }

  async *#pieces(
    file: { readonly path: string; readonly offset: number; readonly tag: string | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    try {
      yield* readPieces(await this.#connected(signal), file, signal);
    } catch (thrown) {
      throw thrown instanceof RemoteFault ? storeUnavailable(sftpAddress(this.#access.place), thrown) : thrown;
    }
  }

  async #ask<T>(
    signal: AbortSignal,
    question: (session: SftpSession) => Promise<T>,
    whenRefused: 'no-permission-to-read' | 'no-permission-to-write',
  ): Promise<T> {
    try {
      return await question(await this.#connected(signal));
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#told(thrown, whenRefused);
    }
  }

  async #connected(signal: AbortSignal): Promise<SftpSession> {
    const current = this.#session;
    const open = await current?.catch(() => undefined);
    if (open !== undefined && !open.isOver) return open;
    // Another one may have connected meanwhile.
    if (this.#session === current) this.#session = SftpSession.open(this.#access, signal);
    return this.#session ?? this.#connected(signal);
  }

  /** What the server refuses or cannot do is no statement about a file. */
  #told(thrown: unknown, whenRefused: RemoteFault['code']): unknown {
    const address = sftpAddress(this.#access.place);
    if (thrown instanceof RemoteFault) return storeUnavailable(address, thrown);
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EACCES') return storeUnavailable(address, new RemoteFault(whenRefused, messageOf(thrown)));
    if (code === 'EIO') return storeUnavailable(address, new RemoteFault('input-output-error', messageOf(thrown)));
    if (code === 'ENOENT') return storeUnavailable(address, new RemoteFault('not-there', messageOf(thrown)));
    return thrown;
  }
}

const UNDO_MS_MAX = 10_000;
