import { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '../../../kernel/errors.ts';
import { RemoteFault } from '../remote-fault.ts';
import { isPath } from '../remote-path.ts';
import type { RemoteEntry } from '../remote-store.ts';
import { isAnswer, notAStore, S3Refusal, told } from './s3-fault.ts';
import { firstKey } from './s3-list.ts';
import type { S3Session } from './s3-session.ts';

/** Which object is read. */
interface ObjectToRead {
  /** From the place of the repository. */
  readonly path: string;
  readonly offset: number;
  readonly tag: string | undefined;
}

/**
 * What is known of one object; undefined: it is not there.
 * @throws RemoteFault; S3Refusal; the signal's reason.
 */
export async function headOf(
  session: S3Session,
  path: string,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  const Key = session.keyOf(path);
  try {
    const command = new HeadObjectCommand({ Bucket: session.bucket, Key });
    return await session.ask(signal, (s3, options) => s3.send(command, options));
  } catch (thrown) {
    if (!(thrown instanceof S3Refusal)) throw thrown;
    if (thrown.code === 'ENOENT') return undefined;
    // The answer to HEAD says nothing but its status: that to another question says why.
    await firstKey(session, Key, signal);
    throw thrown;
  }
}

/** What lies at a path, see `RemoteStore.look`. */
export async function lookAt(session: S3Session, path: string, signal: AbortSignal): Promise<RemoteEntry | undefined> {
  if (path === '') {
    await firstKey(session, session.root, signal);
    return { path, ...DIRECTORY };
  }
  // What is no path leads nowhere.
  if (!isPath(path)) return undefined;
  const found = await headOf(session, path, signal);
  if (found !== undefined) {
    const { ContentLength: sizeBytes = 0, LastModified, ETag: tag } = found;
    return { path, type: 'file', sizeBytes, modifiedMs: LastModified?.getTime() ?? 0, tag };
  }
  const below = await firstKey(session, `${session.keyOf(path)}/`, signal);
  return below === undefined ? undefined : { path, ...DIRECTORY };
}

const DIRECTORY = { type: 'directory', sizeBytes: 0, modifiedMs: 0, tag: undefined } as const;

/**
 * The bytes of an object, of one version from the first to the last.
 * @throws as `RemoteStore.read`, but RemoteFault when the connection breaks.
 */
export async function* readObject(
  session: S3Session,
  object: ObjectToRead,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { path, offset, tag } = object;
  const Range = offset === 0 ? undefined : `bytes=${offset}-`;
  const command = new GetObjectCommand({ Bucket: session.bucket, Key: session.keyOf(path), Range, IfMatch: tag });
  const answer = await session
    .ask(signal, (s3, options) => s3.send(command, options))
    .catch((thrown: unknown) => {
      if (isAnswer(thrown, 'PreconditionFailed', '412')) throw changed(path);
      if (isAnswer(thrown, 'InvalidRange', '416')) return undefined;
      throw thrown;
    });
  if (answer === undefined) return requireEnd(session, object, signal);
  const { Body: body, ContentLength: length, ContentRange, ETag } = answer;
  if (!(body instanceof IncomingMessage)) throw notAStore(session.access.place.endpoint, 'no bytes');
  // What a server ignores would put wrong bytes behind those that are there already.
  const isFromOffset = offset === 0 || ContentRange?.startsWith(`bytes ${offset}-`) === true;
  if (!isFromOffset || (tag !== undefined && ETag !== tag)) body.destroy();
  if (!isFromOffset)
    throw new RemoteFault('input-output-error', 'the store does not give the part that it is asked for');
  if (tag !== undefined && ETag !== tag) throw changed(path);
  let count = 0;
  for await (const bytes of piecesOf(session, body, signal)) {
    count += bytes.length;
    yield bytes;
  }
  if (length !== undefined && count < length) throw new RemoteFault('connection-lost', 'the connection ended early');
}

/** The limit of time is for the server: whoever reads may take as long as they like. */
async function* piecesOf(session: S3Session, body: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { silentMsMax, place } = session.access;
  const silent = new RemoteFault('timed-out', `the server has not answered for ${silentMsMax / 1000} seconds`);
  body.socket.setTimeout(0);
  addAbortSignal(signal, body);
  const pieces: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(silent), silentMsMax);
      const { value, done } = await pieces.next().finally(() => clearTimeout(timer));
      if (done === true) return;
      yield value;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw told(thrown, place);
  } finally {
    await pieces.return?.();
  }
}

/** Nothing lies behind an offset: it must be the end of that very version. */
async function requireEnd(session: S3Session, { path, offset, tag }: ObjectToRead, signal: AbortSignal): Promise<void> {
  const found = await headOf(session, path, signal);
  if (found?.ContentLength !== offset || (tag !== undefined && found.ETag !== tag)) throw changed(path);
}

function changed(path: string): AppError {
  return new AppError('conflict', 'file-changed', `${path} changed while it was read`);
}
