import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Parser, type ReadEntry } from 'tar';

/** An archive that wants more than to put plain files into its directory. */
export class HostileEntry extends Error {}

/**
 * Writes the entries of a decoded tar stream below a directory: files and directories only, for their owner alone, nothing
 * outside of it and nothing twice. Modes, owners and times of the archive mean nothing here: the server's files belong to
 * whoever runs the server.
 *
 * Synchronous, which is several times faster than the other way for many small files and leaves nothing in flight when it
 * fails: for threads that have nothing else to do.
 */
export class ArchiveWriter {
  /** Files that were begun. */
  files = 0;
  readonly #target: string;
  readonly #parser: Parser;
  #failure: Error | undefined;
  #openFile: number | undefined;

  constructor(target: string) {
    this.#target = target;
    this.#parser = new Parser({ strict: true, onReadEntry: (entry) => this.#take(entry) });
    this.#parser.on('error', (error: Error) => {
      this.#failure ??= error;
    });
  }

  /** @throws HostileEntry; the system's error when the disk refuses; the parser's when this is no sound archive. */
  write(decoded: Buffer): void {
    this.#parser.write(decoded);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Says that the stream is complete. @throws as {@link write}. */
  end(): void {
    this.#parser.end();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets go of a file that is still open; what was written stays. */
  close(): void {
    if (this.#openFile !== undefined) closeSync(this.#openFile);
    this.#openFile = undefined;
  }

  #take(entry: ReadEntry): void {
    const path = join(this.#target, ...partsOf(entry.path));
    if (entry.type === 'Directory') {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      entry.resume();
    } else if (entry.type === 'File' || entry.type === 'OldFile') {
      this.#takeFile(entry, path);
    } else {
      throw new HostileEntry(
        `it holds ${printed(entry.path)}, a ${entry.type}: only files and directories are unpacked`,
      );
    }
  }

  #takeFile(entry: ReadEntry, path: string): void {
    const file = create(path, entry.path);
    this.#openFile = file;
    this.files += 1;
    entry.on('data', (bytes: Buffer) => writeFully(file, bytes));
    entry.on('end', () => this.close());
  }
}

/** @throws HostileEntry for a name that does not lie below the directory. */
function partsOf(path: string): string[] {
  const parts = path.split('/');
  if (path.startsWith('/') || path.includes('\0') || parts.includes('..')) {
    throw new HostileEntry(`it holds ${printed(path)}, which leads out of its directory`);
  }
  return parts;
}

function create(path: string, name: string): number {
  try {
    return openNew(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new HostileEntry(`it holds ${printed(name)} twice`);
    if (code !== 'ENOENT') throw thrown;
    // Archives of some writers name no directories.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openNew(path);
  }
}

/** `wx` follows no link and takes nothing that is there. */
const openNew = (path: string) => openSync(path, 'wx', 0o600);

/** A disk that is nearly full takes a part of a write without an error; only the next write fails. */
function writeFully(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

const printed = (name: string) => JSON.stringify(name);
