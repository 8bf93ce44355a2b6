import { open } from 'node:fs/promises';
import type { Stats } from 'ssh2';
import { AppError } from '../../../kernel/errors.ts';
import { directoryOf } from '../remote-path.ts';
import type { TransferOptions } from '../remote-store.ts';
import type { SftpSession } from './sftp-session.ts';

/** Every server gives and takes so much at once (draft-ietf-secsh-filexfer-02, 3), and so many questions wait for answers. */
const PIECE_BYTES = 32_768;
const PIECES_AHEAD = 32;

/** What tells one version of a file from another: its size, and the second of its last change. */
export function tagOf({ size, mtime }: Pick<Stats, 'size' | 'mtime'>): string {
  return `${size}-${mtime}`;
}

/** Which file is read. */
interface FileToRead {
  /** From the place of the repository. */
  readonly path: string;
  readonly offset: number;
  readonly tag: string | undefined;
}

/**
 * The bytes of a file, which must be the same file at the end.
 * @throws as `RemoteStore.read`, but RemoteFault when the connection breaks.
 */
export async function* readPieces(
  session: SftpSession,
  { path, offset, tag }: FileToRead,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const absolute = session.absolute(path);
  const there = await session.ask<Stats>(signal, (sftp, answer) => sftp.lstat(absolute, answer));
  if (!there.isFile() || !(await session.isPlain(directoryOf(path), signal))) {
    throw Object.assign(new Error(`${path} is no file`), { code: 'ENOENT' });
  }
  const handle = await session.ask<Buffer>(signal, (sftp, answer) => sftp.open(absolute, 'r', answer));
  const requireSame = async () => {
    const found = await session.ask<Stats>(signal, (sftp, answer) => sftp.fstat(handle, answer));
    if (tagOf(found) !== (tag ?? tagOf(there))) throw changed(path);
  };
  try {
    await requireSame();
    const waiting: Promise<Buffer>[] = [];
    for (let next = offset; next < there.size || waiting.length > 0; ) {
      while (next < there.size && waiting.length < PIECES_AHEAD) {
        const piece = readPiece(
          session,
          handle,
          { position: next, length: Math.min(PIECE_BYTES, there.size - next) },
          signal,
        );
        // Whoever takes it hears of its failure.
        piece.catch(() => undefined);
        waiting.push(piece);
        next += PIECE_BYTES;
      }
      const bytes = await waiting.shift();
      if (bytes === undefined) break;
      yield bytes;
    }
    await requireSame();
  } finally {
    closeQuietly(session, handle);
  }
}

/** All of a piece: a server may give less than it was asked for. */
async function readPiece(
  session: SftpSession,
  handle: Buffer,
  { position, length }: { readonly position: number; readonly length: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = await session.ask<number>(signal, (sftp, answer) => {
      sftp.read(handle, bytes, done, length - done, position + done, (error, got) => {
        // The end of the file comes as an error.
        if ((error as { code?: unknown } | undefined)?.code === END_OF_FILE) answer(undefined, 0);
        else answer(error, got);
      });
    });
    if (count === 0) throw changed('the file');
    done += count;
  }
  return bytes;
}

const END_OF_FILE = 1;

/** A file that is on its way, and how far. */
export interface Upload {
  /** A local file. */
  readonly location: string;
  /** From the place of the repository, where nothing is before the first try. */
  readonly path: string;
  /** Bytes that the server has confirmed, from the first on. */
  sentBytes: number;
}

/**
 * Sends the rest of a file and has the server bring it to disk, where the server can.
 * @throws RemoteFault; a system error; the signal's reason.
 */
export async function sendFile(
  session: SftpSession,
  upload: Upload,
  { signal, onBytes }: TransferOptions,
): Promise<void> {
  const { location } = upload;
  const path = session.absolute(upload.path);
  await using file = await open(location, 'r');
  const { size } = await file.stat();
  // What was begun goes on; a new part is for its owner alone.
  const flags = upload.sentBytes === 0 ? 'w' : 'r+';
  const handle = await session.ask<Buffer>(signal, (sftp, answer) => sftp.open(path, flags, { mode: 0o600 }, answer));
  const waiting: Promise<number>[] = [];
  for (let next = upload.sentBytes; next < size || waiting.length > 0; ) {
    while (next < size && waiting.length < PIECES_AHEAD) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, next);
      if (bytesRead === 0)
        throw new AppError('conflict', 'file-changed', `${location} became shorter while it was sent`);
      await onBytes?.(bytesRead);
      const [position, piece] = [next, buffer.subarray(0, bytesRead)];
      const sent = session.ask<void>(signal, (sftp, answer) =>
        sftp.write(handle, piece, 0, piece.length, position, (error) => answer(error, undefined)),
      );
      const counted = sent.then(() => piece.length);
      counted.catch(() => undefined);
      waiting.push(counted);
      next += bytesRead;
    }
    upload.sentBytes += (await waiting.shift()) ?? 0;
  }
  await syncFile(session, handle, signal);
  await session.ask<void>(signal, (sftp, answer) => sftp.close(handle, (error) => answer(error, undefined)));
}

async function syncFile(session: SftpSession, handle: Buffer, signal: AbortSignal): Promise<void> {
  await session.ask<void>(signal, (sftp, answer) => {
    try {
      sftp.ext_openssh_fsync(handle, (error) => answer(error, undefined));
    } catch {
      // Not offered: what a server without it has on disk nobody can know.
      answer(undefined, undefined);
    }
  });
}

function closeQuietly(session: SftpSession, handle: Buffer): void {
  session
    .ask<void>(AbortSignal.timeout(CLOSING_MS_MAX), (sftp, answer) =>
      sftp.close(handle, (error) => answer(error, undefined)),
    )
    .catch(() => undefined);
}

const CLOSING_MS_MAX = 10_000;

function changed(path: string): AppError {
  return new AppError('conflict', 'file-changed', `${path} changed while it was read`);
}
