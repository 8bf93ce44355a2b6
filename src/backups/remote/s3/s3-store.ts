import { Readable } from 'node:stream';
import { patiently } from '../patience.ts';
import { RemoteFault, storeUnavailable } from '../remote-fault.ts';
import type { RemoteEntry, RemoteStore, RemoteUpload, TransferOptions } from '../remote-store.ts';
import { S3Refusal } from './s3-fault.ts';
import { listObjects } from './s3-list.ts';
import { s3Address } from './s3-place.ts';
import { S3Put } from './s3-put.ts';
import { lookAt, readObject } from './s3-read.ts';
import { removeLeftovers, removeObject } from './s3-removal.ts';
import { type S3Access, S3Session } from './s3-session.ts';

/** A server that says nothing for so long is taken for gone, and so long is waited before the second try. */
const SILENT_MS_MAX = 30_000;
const PAUSE_MS = 1000;

/** Every server takes parts of this size, and it is small enough to be held in memory. */
const PART_BYTES = 16_777_216;

const UNDO_MS_MAX = 10_000;

type Tuning = 'silentMsMax' | 'pauseMs' | 'partBytes';

/** Objects in a bucket, taken for files: what stands between slashes in their keys are directories. */
export class S3Store implements RemoteStore {
  readonly #session: S3Session;

  constructor(access: Omit<S3Access, Tuning> & Partial<Pick<S3Access, Tuning>>) {
    this.#session = new S3Session({
      silentMsMax: SILENT_MS_MAX,
      pauseMs: PAUSE_MS,
      partBytes: PART_BYTES,
      ...access,
    });
  }

  async *list(
    directory: string,
    _enter: (directory: string) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly RemoteEntry[]> {
    try {
      yield* listObjects(this.#session, directory, signal);
    } catch (thrown) {
      throw this.#told(thrown, 'no-permission-to-list');
    }
  }

  look(path: string, signal: AbortSignal): Promise<RemoteEntry | undefined> {
    const whenRefused = path === '' ? 'no-permission-to-list' : 'no-permission-to-read';
    return this.#try(() => lookAt(this.#session, path, signal), whenRefused);
  }

  read(
    path: string,
    { offset, tag }: { readonly offset: number; readonly tag?: string | undefined },
    signal: AbortSignal,
  ): Readable {
    return Readable.from(this.#pieces({ path, offset, tag }, signal), { objectMode: false });
  }

  async put(files: readonly RemoteUpload[], options: TransferOptions): Promise<void> {
    const put = new S3Put(files);
    const { signal } = options;
    const { pauseMs } = this.#session.access;
    try {
      const attempt = () => this.#try(() => put.run(this.#session, options), 'no-permission-to-write');
      await patiently(attempt, { signal, pauseMs, progress: () => put.sentBytes });
    } catch (thrown) {
      // What cannot be removed now is found later.
      await put.undo(this.#session, AbortSignal.timeout(UNDO_MS_MAX)).catch(() => undefined);
      throw thrown;
    }
  }

  remove(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const work = async () => {
      for (const path of paths) await removeObject(this.#session, path, signal);
    };
    return this.#try(work, 'no-permission-to-write');
  }

  removeUnfinished(directory: string, olderThanMs: number, signal: AbortSignal): Promise<number> {
    const work = () => removeLeftovers(this.#session, directory, Date.now() - olderThanMs, signal);
    return this.#try(work, 'no-permission-to-write');
  }

  async close(): Promise<void> {
    this.#session.close();
  }

  async *#pieces(object: Parameters<typeof readObject>[1], signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* readObject(this.#session, object, signal);
    } catch (thrown) {
      throw thrown instanceof RemoteFault ? storeUnavailable(this.#address, thrown) : thrown;
    }
  }

  async #try<T>(work: () => Promise<T>, whenRefused: RemoteFault['code']): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw this.#told(thrown, whenRefused);
    }
  }

  get #address(): string {
    return s3Address(this.#session.access.place);
  }

  /** What the store refuses or cannot do is no statement about a file. */
  #told(thrown: unknown, whenRefused: RemoteFault['code']): unknown {
    if (thrown instanceof RemoteFault) return storeUnavailable(this.#address, thrown);
    if (!(thrown instanceof S3Refusal)) return thrown;
    const code = thrown.code === 'EACCES' ? whenRefused : thrown.code === 'EIO' ? 'input-output-error' : 'not-there';
    return storeUnavailable(this.#address, new RemoteFault(code, thrown.message));
  }
}
