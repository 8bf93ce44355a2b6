import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import { directoryOf, PART_PREFIX } from '../remote-path.ts';
import type { RemoteUpload, TransferOptions } from '../remote-store.ts';
import { sendFile, type Upload } from './sftp-files.ts';
import { removeTree, statusOf } from './sftp-removal.ts';
import type { SftpSession } from './sftp-session.ts';

/** What a put does, from one connection to the next: it goes on where it was. */
export class SftpPut {
  readonly #target: string;
  readonly #part: string;
  readonly #uploads: readonly Upload[];
  #next = 0;

  /** @param files one, or those of a directory that is not there yet. */
  constructor(files: readonly RemoteUpload[]) {
    const last = files.at(-1);
    if (last === undefined) throw new Error('nothing to put');
    this.#target = files.length === 1 ? last.path : directoryOf(last.path);
    const above = directoryOf(this.#target);
    const part = `${PART_PREFIX}${randomBytes(8).toString('hex')}`;
    this.#part = above === '' ? part : `${above}/${part}`;
    this.#uploads = files.map(({ location, path }) => ({ location, path: this.#partOf(path), sentBytes: 0 }));
  }

  /** Bytes that the server has confirmed. */
  get sentBytes(): number {
    return this.#uploads.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  }

  /** @throws RemoteFault; a system error; AppError `conflict` `file-exists`; the signal's reason. */
  async run(session: SftpSession, options: TransferOptions): Promise<void> {
    const { signal } = options;
    for (const directory of this.#directories()) await makeDirectory(session, directory, signal);
    for (let upload = this.#uploads[this.#next]; upload !== undefined; upload = this.#uploads[this.#next]) {
      await sendFile(session, upload, options);
      this.#next += 1;
    }
    await this.#publish(session, signal);
  }

  /** Removes what was sent. */
  async undo(session: SftpSession, signal: AbortSignal): Promise<void> {
    await removeTree(session, this.#part, signal);
  }

  #partOf(path: string): string {
    if (path === this.#target) return this.#part;
    const below = posix.relative(this.#target, path);
    if (below.startsWith('../')) throw new Error(`${path} is not below ${this.#target}`);
    return `${this.#part}/${below}`;
  }

  /** Those that must be there, from the outermost to the innermost. */
  #directories(): string[] {
    const needed = new Set<string>();
    for (const { path } of this.#uploads) {
      for (let at = directoryOf(path); at !== ''; at = directoryOf(at)) needed.add(at);
    }
    return [...needed].sort((one, other) => one.length - other.length);
  }

  /** A rename without extension fails where something is; `posix-rename@openssh.com` would replace it. */
  async #publish(session: SftpSession, signal: AbortSignal): Promise<void> {
    const [part, target] = [session.absolute(this.#part), session.absolute(this.#target)];
    try {
      await session.ask<void>(signal, (sftp, answer) => sftp.rename(part, target, (error) => answer(error, undefined)));
    } catch (thrown) {
      if (session.isOver) throw thrown;
      const isThere = (await statusOf(session, this.#target, signal)) !== undefined;
      const isGone = (await statusOf(session, this.#part, signal)) === undefined;
      // The answer to an earlier try was lost: what is there is what was sent.
      if (isThere && isGone) return;
      if (isThere) throw new AppError('conflict', 'file-exists', `${this.#target} is there already`);
      throw thrown;
    }
  }
}

async function makeDirectory(session: SftpSession, directory: string, signal: AbortSignal): Promise<void> {
  const path = session.absolute(directory);
  try {
    await session.ask<void>(signal, (sftp, answer) =>
      sftp.mkdir(path, { mode: 0o700 }, (error) => answer(error, undefined)),
    );
  } catch (thrown) {
    if (session.isOver || (await statusOf(session, directory, signal))?.isDirectory() !== true) throw thrown;
    if (!(await session.isPlain(directory, signal))) throw thrown;
  }
}
