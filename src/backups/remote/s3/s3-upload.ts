import { type FileHandle, open } from 'node:fs/promises';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { AppError } from '../../../kernel/errors.ts';
import { RemoteFault } from '../remote-fault.ts';
import type { RemoteUpload, TransferOptions } from '../remote-store.ts';
import { abortUpload, abortUploads } from './s3-abort.ts';
import { isAnswer } from './s3-fault.ts';
import { headOf } from './s3-read.ts';
import type { S3Session } from './s3-session.ts';

/** As many parts make one object at most (Amazon S3, limits of multipart uploads). */
const PARTS_MAX = 10_000;
const MEBIBYTE = 1_048_576;
const PIECE_BYTES = 262_144;

/** What tells objects of one put from all others. */
const PUT_ID = 'muster-put';

/** One file that is put, from one try to the next: parts that are there are not sent again. */
export class S3Upload {
  /** Bytes that the server has confirmed. */
  sentBytes = 0;
  /** Whether the object may be there, as far as can be known. */
  isTried = false;
  readonly path: string;
  readonly #location: string;
  readonly #putId: string;
  #uploadId: string | undefined;
  #isAsked = false;
  #parts: CompletedPart[] = [];

  constructor({ location, path }: RemoteUpload, putId: string) {
    this.path = path;
    this.#location = location;
    this.#putId = putId;
  }

  /**
   * Sends the file, or the rest of it, and makes sure that it is there.
   * @throws RemoteFault; S3Refusal; AppError `conflict` `file-exists`, `file-changed`; the signal's reason.
   */
  async run(session: S3Session, options: TransferOptions): Promise<void> {
    await using file = await open(this.#location, 'r');
    const { size } = await file.stat();
    const partBytes = partBytesOf(size, session.access.partBytes);
    try {
      if (size <= partBytes) await this.#putWhole(session, file, size, options);
      else await this.#putParts(session, file, { size, partBytes }, options);
    } catch (thrown) {
      // The answer to an earlier try was lost: what is there may be what was sent.
      const isThere = isAnswer(thrown, 'PreconditionFailed', 'ConditionalRequestConflict', '412', '409');
      const isOver = isAnswer(thrown, 'NoSuchUpload');
      if (!isThere && !isOver) throw thrown;
      if (await this.#isOwn(session, size, options.signal)) return;
      if (isThere) {
        this.isTried = false;
        throw new AppError('conflict', 'file-exists', `${this.path} is there already`);
      }
      this.#begin(undefined);
      throw new RemoteFault('connection-lost', 'the store has forgotten the parts that it was given');
    }
    if (await this.#isOwn(session, size, options.signal)) return;
    throw new RemoteFault('input-output-error', `the store does not hold all of ${this.path} that it took`);
  }

  /** Gives up parts that make no object yet. */
  async abort(session: S3Session, signal: AbortSignal): Promise<void> {
    const key = session.keyOf(this.path);
    if (this.#uploadId !== undefined) await abortUpload(session, key, this.#uploadId, signal);
    else if (this.#isAsked) await abortUploads(session, key, signal);
  }

  async #putWhole(session: S3Session, file: FileHandle, size: number, options: TransferOptions): Promise<void> {
    const { signal } = options;
    const Body = await this.#partOf(file, 0, size);
    await tellBytes(size, options);
    const Metadata = { [PUT_ID]: this.#putId };
    this.isTried = true;
    await unlessThere(session, (condition) => {
      const command = new PutObjectCommand({ ...this.#target(session), Body, Metadata, ...condition });
      return session.ask(signal, (s3, how) => s3.send(command, how));
    });
    this.sentBytes = size;
  }

  async #putParts(
    session: S3Session,
    file: FileHandle,
    { size, partBytes }: { readonly size: number; readonly partBytes: number },
    options: TransferOptions,
  ): Promise<void> {
    const { signal } = options;
    const target = this.#target(session);
    if (this.#uploadId === undefined) {
      // The answer to an earlier try was lost: nobody knows the name of what was begun then.
      if (this.#isAsked) await abortUploads(session, target.Key, signal);
      this.#isAsked = true;
      const command = new CreateMultipartUploadCommand({ ...target, Metadata: { [PUT_ID]: this.#putId } });
      const { UploadId } = await session.ask(signal, (s3, how) => s3.send(command, how));
      this.#begin(UploadId);
    }
    const UploadId = this.#uploadId;
    while (this.sentBytes < size) {
      const Body = await this.#partOf(file, this.sentBytes, Math.min(partBytes, size - this.sentBytes));
      await tellBytes(Body.length, options);
      const PartNumber = this.#parts.length + 1;
      const command = new UploadPartCommand({ ...target, UploadId, PartNumber, Body });
      const { ETag } = await session.ask(signal, (s3, how) => s3.send(command, how));
      this.#parts.push({ PartNumber, ETag });
      this.sentBytes += Body.length;
    }
    this.isTried = true;
    await unlessThere(session, (condition) => {
      const command = new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: this.#parts },
        ...condition,
      });
      return session.ask(signal, (s3, how) => s3.send(command, how));
    });
    this.#uploadId = undefined;
    this.#isAsked = false;
  }

  #begin(uploadId: string | undefined): void {
    this.#uploadId = uploadId;
    this.#parts = [];
    this.sentBytes = 0;
  }

  #target(session: S3Session) {
    return { Bucket: session.bucket, Key: session.keyOf(this.path) };
  }

  /** A part is held in memory: so the signature covers its digest, and the server takes no other bytes. */
  async #partOf(file: FileHandle, position: number, length: number): Promise<Buffer> {
    const part = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(part, done, length - done, position + done);
      if (bytesRead === 0) {
        throw new AppError('conflict', 'file-changed', `${this.#location} became shorter while it was sent`);
      }
      done += bytesRead;
    }
    return part;
  }

  async #isOwn(session: S3Session, size: number, signal: AbortSignal): Promise<boolean> {
    const found = await headOf(session, this.path, signal);
    return found?.ContentLength === size && found.Metadata?.[PUT_ID] === this.#putId;
  }
}

/** In pieces, so that a low rate holds up neither an abort nor what is told of the progress. */
async function tellBytes(bytes: number, { signal, onBytes }: TransferOptions): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE_BYTES) {
    signal.throwIfAborted();
    await onBytes?.(Math.min(left, PIECE_BYTES));
  }
}

/** Nothing that is there may be replaced, as far as the server can see to that. */
async function unlessThere(
  session: S3Session,
  put: (condition: { readonly IfNoneMatch?: '*' }) => Promise<unknown>,
): Promise<void> {
  if (session.isConditional) {
    try {
      await put({ IfNoneMatch: '*' });
      return;
    } catch (thrown) {
      if (!isAnswer(thrown, 'NotImplemented', '501')) throw thrown;
      session.isConditional = false;
    }
  }
  await put({});
}

function partBytesOf(size: number, partBytes: number): number {
  const least = Math.ceil(size / PARTS_MAX);
  return least <= partBytes ? partBytes : Math.ceil(least / MEBIBYTE) * MEBIBYTE;
}
