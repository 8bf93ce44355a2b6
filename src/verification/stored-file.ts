import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { READ_BYTES, type ReadBuffers, TwoBuffers } from './digester.ts';

/** After a failed read the same place is tried again in pieces of this size, so that the bad one is located. */
const RETRY_BYTES = 65_536;

/** How reading one stored file went. */
export interface StoredRead {
  /** Size when it was opened. */
  readonly sizeBytes: number;
  readonly bytesRead: number;
  /** Size or modification time moved, or the end came early: what was read is not one state of the file. */
  readonly changed: boolean;
  /** Places where a read failed and a second one succeeded. */
  readonly cured: readonly { readonly offset: number; readonly code: string }[];
  /** Why reading stopped before the end. */
  readonly failure?: { readonly offset: number; readonly endOffset: number; readonly code: string };
}

/** Why a file could not be opened for reading at all. */
export interface OpenFailure {
  readonly reason: 'missing' | 'not-regular' | 'no-access' | 'unreadable';
  /** The system's error code. */
  readonly code: string;
}

/** A file that was read at once. */
export interface SmallFile {
  readonly bytes: Buffer;
  readonly read: StoredRead;
}

/**
 * Reads a file below `READ_BYTES` at once, without a promise: of very many small files those are the cost. Undefined for
 * whatever is larger or unusual (not there, not regular, failing, changing): the other way explains it. Given a buffer of
 * `READ_BYTES`, its bytes lie in there: memory that is new for each file costs as much as the digest.
 */
export function readSmall(path: string | Uint8Array, into?: Buffer): SmallFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path as string, OPEN_FLAGS);
  } catch {
    return undefined;
  }
  try {
    const before = fstatSync(descriptor, { bigint: true });
    const sizeBytes = Number(before.size);
    if (!before.isFile() || sizeBytes >= READ_BYTES) return undefined;
    const bytes = into?.subarray(0, sizeBytes) ?? Buffer.allocUnsafe(sizeBytes);
    const bytesRead = sizeBytes === 0 ? 0 : readSync(descriptor, bytes, 0, sizeBytes, 0);
    const after = fstatSync(descriptor, { bigint: true });
    if (bytesRead < sizeBytes || after.size !== before.size || after.mtimeNs !== before.mtimeNs) return undefined;
    return { bytes, read: { sizeBytes, bytesRead, changed: false, cured: [] } };
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** The part of a file handle that reading needs. */
export interface ReadableHandle extends Pick<FileHandle, 'stat' | 'close'> {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
}

const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a regular file for reading. Links are not followed, and a named pipe does not block. Bytes name it as well. */
export async function openStored(path: string | Uint8Array): Promise<FileHandle | OpenFailure> {
  let handle: FileHandle;
  try {
    // The system's calls take bytes as well as text, whatever the declared type says.
    handle = await open(path as string, OPEN_FLAGS);
  } catch (thrown) {
    return openFailureOf(thrown);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  return { reason: 'not-regular', code: 'not a regular file' };
}

/**
 * Reads an open file once, from its first byte to the size it had when this began, and closes it unless told.
 * `consume` gets each piece in order, while the next one is already being read into the buffer that `buffers` gives.
 * A read error is tried a second time. `pace` is waited for after each piece. Rejects only for what `consume`, `pace` or
 * `signal` throws.
 */
export async function readStored(
  handle: ReadableHandle,
  consume: (bytes: Buffer) => Promise<void> | undefined,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly buffers?: ReadBuffers;
    readonly pace?: ((bytes: number) => Promise<void>) | undefined;
    /** The caller closes the file. */
    readonly keepOpen?: boolean;
  } = {},
): Promise<StoredRead> {
  const reader = new StoredReader(handle, options.buffers ?? new TwoBuffers());
  try {
    const before = await handle.stat({ bigint: true });
    const sizeBytes = Number(before.size);
    let next = reader.start(0, sizeBytes);
    for (;;) {
      const bytes = await next;
      if (bytes === undefined || bytes.length === 0) break;
      next = reader.start(reader.position, sizeBytes);
      options.signal?.throwIfAborted();
      const step = consume(bytes);
      if (step !== undefined) await step;
      if (options.pace !== undefined) await options.pace(bytes.length);
    }
    const after = await handle.stat({ bigint: true });
    const changed =
      after.size !== before.size ||
      after.mtimeNs !== before.mtimeNs ||
      (reader.failure === undefined && reader.position < sizeBytes);
    return {
      sizeBytes,
      bytesRead: reader.position,
      changed,
      cured: reader.cured,
      ...(reader.failure === undefined ? {} : { failure: reader.failure }),
    };
  } finally {
    await reader.settle();
    if (options.keepOpen !== true) await handle.close();
  }
}

class StoredReader {
  readonly #handle: ReadableHandle;
  readonly #buffers: ReadBuffers;
  cured: { offset: number; code: string }[] = [];
  failure: StoredRead['failure'];
  position = 0;
  #inFlight: Promise<Buffer | undefined> = Promise.resolve(undefined);

  constructor(handle: ReadableHandle, buffers: ReadBuffers) {
    this.#handle = handle;
    this.#buffers = buffers;
  }

  start(offset: number, sizeBytes: number): Promise<Buffer | undefined> {
    this.#inFlight = this.#read(offset, Math.min(READ_BYTES, sizeBytes - offset));
    return this.#inFlight;
  }

  /** Waits for the read in flight, so that neither its buffer nor the handle goes away beneath it. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#inFlight]);
  }

  async #read(offset: number, length: number): Promise<Buffer | undefined> {
    if (length <= 0) return undefined;
    const buffer = await this.#buffers.next();
    try {
      return await this.#readAt(buffer, offset, length);
    } catch (thrown) {
      const code = codeOf(thrown);
      const retryLength = Math.min(RETRY_BYTES, length);
      try {
        const bytes = await this.#readAt(buffer, offset, retryLength);
        this.cured.push({ offset, code });
        return bytes;
      } catch (again) {
        this.failure = { offset, endOffset: offset + retryLength, code: codeOf(again) };
        // The pieces before the bad one failed only because one large read spanned them all.
        this.cured = this.cured.filter((place) => place.offset <= offset - READ_BYTES);
        return undefined;
      }
    }
  }

  async #readAt(buffer: Buffer, offset: number, length: number): Promise<Buffer> {
    const { bytesRead } = await this.#handle.read(buffer, 0, length, offset);
    this.position = offset + bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}

function openFailureOf(thrown: unknown): OpenFailure {
  const code = codeOf(thrown);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: 'missing', code };
  if (code === 'ELOOP' || code === 'ENXIO') return { reason: 'not-regular', code };
  if (code === 'EACCES' || code === 'EPERM') return { reason: 'no-access', code };
  return { reason: 'unreadable', code };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'EUNKNOWN';
}
