import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Links are not followed, and a named pipe in the place of a file does not block. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file that changes while it is read whole is read so often at most. */
const TRIES_MAX = 3;

/** How reading a file went. */
export interface SteadyRead {
  readonly bytes: Buffer;
  /** As it was when these bytes were read. */
  readonly stats: Stats;
  /** It changed during every try: the bytes may be of no one instant. */
  readonly isChanged: boolean;
}

/** The system gave a file that was open, or a part of it, no more. */
export class FileUnreadable extends Error {
  /** The system's. */
  readonly code: string;

  constructor(cause: unknown) {
    super('a file of the source cannot be read', { cause });
    this.code = (cause as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
  }
}

/** A file of the source that is open. Reading it throws {@link FileUnreadable}. */
export class SourceFile implements Disposable {
  /** As it was opened. */
  readonly stats: Stats;
  readonly #descriptor: number;
  #position = 0;

  /** @throws the system's error; with the code `ENXIO` what is no regular file. */
  constructor(location: string | Buffer) {
    this.#descriptor = openSync(location, OPEN_FLAGS);
    this.stats = fstatSync(this.#descriptor);
    if (this.stats.isFile()) return;
    closeSync(this.#descriptor);
    throw Object.assign(new Error('not a regular file'), { code: 'ENXIO' });
  }

  /** Which file it is, whatever its name. The numbers alone may be those of a file that was removed meanwhile. */
  get identity(): string {
    const { dev, ino, birthtimeNs } = fstatSync(this.#descriptor, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  }

  /**
   * Reads it whole, again when it changed meanwhile, into the room that `roomFor` gives for each try. Undefined when there is
   * no room for what it has become.
   */
  readWhole(roomFor: (sizeBytes: number) => Buffer | undefined): SteadyRead | undefined {
    let before = this.stats;
    for (let tries = 1; ; tries += 1) {
      const room = roomFor(before.size);
      if (room === undefined) return undefined;
      const length = this.#readFrom(0, room);
      const after = fstatSync(this.#descriptor);
      const isChanged = length < room.length || hasChanged(before, after);
      if (!isChanged || tries === TRIES_MAX) return { bytes: room.subarray(0, length), stats: before, isChanged };
      before = after;
    }
  }

  /** Reads on from where the last call ended: as many bytes as there is room for, fewer at the end of the file; or why not. */
  tryReadOn(room: Buffer): number | FileUnreadable {
    try {
      const length = this.#readFrom(this.#position, room);
      this.#position += length;
      return length;
    } catch (thrown) {
      if (thrown instanceof FileUnreadable) return thrown;
      throw thrown;
    }
  }

  /** Whether it is no longer as it was opened. */
  get isChanged(): boolean {
    return hasChanged(this.stats, fstatSync(this.#descriptor));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #readFrom(position: number, room: Buffer): number {
    let length = 0;
    while (length < room.length) {
      const read = readPiece(this.#descriptor, room.subarray(length), position + length);
      if (read === 0) break;
      length += read;
    }
    return length;
  }
}

function readPiece(descriptor: number, room: Buffer, position: number): number {
  try {
    return readSync(descriptor, room, 0, room.length, position);
  } catch (thrown) {
    throw new FileUnreadable(thrown);
  }
}

function hasChanged(before: Stats, after: Stats): boolean {
  return after.size !== before.size || after.mtimeMs !== before.mtimeMs;
}
