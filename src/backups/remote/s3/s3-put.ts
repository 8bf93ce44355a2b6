import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { AppError } from '../../../kernel/errors.ts';
import { directoryOf, PART_PREFIX } from '../remote-path.ts';
import type { RemoteUpload, TransferOptions } from '../remote-store.ts';
import { writeMark } from './s3-mark.ts';
import { lookAt } from './s3-read.ts';
import { removeObject } from './s3-removal.ts';
import type { S3Session } from './s3-session.ts';
import { S3Upload } from './s3-upload.ts';

/** So often it is said that a put goes on. */
const MARK_MS = 3_600_000;

/**
 * What a put does, from one try to the next: it goes on where it was. Nothing can be renamed in an object store, so each file
 * goes to its place at once, whole as every object is, and the last one makes the others count. A mark beside them, which is
 * there before the first one and until after the last, names what has to be removed if it breaks off.
 */
export class S3Put {
  readonly #target: string;
  readonly #uploads: readonly S3Upload[];
  readonly #only: RemoteUpload | undefined;
  readonly #mark: string;
  #isMarked = false;
  #markedMs: number | undefined;
  #isBegun = false;
  #isForeign = false;
  #next = 0;

  /** @param files one, or those of a directory that is not there yet. */
  constructor(files: readonly RemoteUpload[]) {
    const last = files.at(-1);
    if (last === undefined) throw new Error('nothing to put');
    this.#only = files.length === 1 ? last : undefined;
    this.#target = this.#only?.path ?? directoryOf(last.path);
    if (files.some(({ path }) => path !== this.#target && !path.startsWith(`${this.#target}/`))) {
      throw new Error(`what is put lies in ${this.#target}, or below it`);
    }
    const above = directoryOf(this.#target);
    const id = randomBytes(8).toString('hex');
    this.#mark = above === '' ? PART_PREFIX + id : `${above}/${PART_PREFIX}${id}`;
    this.#uploads = files.map((file) => new S3Upload(file, id));
  }

  /** Bytes that the server has confirmed. */
  get sentBytes(): number {
    return this.#uploads.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  }

  /** @throws RemoteFault; S3Refusal; AppError `conflict` `file-exists`, `file-changed`; the signal's reason. */
  async run(session: S3Session, { signal, onBytes }: TransferOptions): Promise<void> {
    if (!this.#isBegun && (await lookAt(session, this.#target, signal)) !== undefined) {
      throw new AppError('conflict', 'file-exists', `${this.#target} is there already`);
    }
    this.#isBegun = true;
    const isMarked = !(await this.#isAtomic(session));
    const options = {
      signal,
      onBytes: async (bytes: number) => {
        if (isMarked) await this.#keepMarked(session, signal);
        await onBytes?.(bytes);
      },
    };
    for (let upload = this.#uploads[this.#next]; upload !== undefined; upload = this.#uploads[this.#next]) {
      if (isMarked) await this.#keepMarked(session, signal);
      await upload.run(session, options).catch((thrown: unknown) => {
        this.#isForeign = thrown instanceof AppError && thrown.code === 'file-exists';
        throw thrown;
      });
      this.#next += 1;
    }
    // All is in its place: a mark that stays removes nothing, and goes later.
    if (isMarked) await removeObject(session, this.#mark, signal).catch(() => undefined);
  }

  /** Removes what was sent, the last file first; nothing where somebody else has put the same meanwhile. */
  async undo(session: S3Session, signal: AbortSignal): Promise<void> {
    if (this.#isForeign) return;
    for (const upload of this.#uploads.toReversed()) {
      await upload.abort(session, signal);
      if (upload.isTried) await removeObject(session, upload.path, signal);
    }
    if (this.#isMarked) await removeObject(session, this.#mark, signal);
  }

  /** Whether one request does it all. */
  async #isAtomic({ access }: S3Session): Promise<boolean> {
    return this.#only !== undefined && (await stat(this.#only.location)).size <= access.partBytes;
  }

  async #keepMarked(session: S3Session, signal: AbortSignal): Promise<void> {
    const now = Date.now();
    if (this.#markedMs !== undefined && now - this.#markedMs < MARK_MS) return;
    const paths = this.#uploads.map(({ path }) => path);
    // Even without an answer it may be there.
    this.#isMarked = true;
    await writeMark(session, this.#mark, paths, signal);
    this.#markedMs = now;
  }
}
