import type { KeyObject } from 'node:crypto';
import { digestFile, type FileDigests } from '../../verification/file-digests.ts';
import type { Finding } from '../../verification/finding.ts';
import type { Level } from '../../verification/level.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../../verification/limits.ts';
import { type LoadedThread, ReadingThread, type TargetToRead } from '../../verification/reading-thread.ts';
import { SharedPace } from '../../verification/shared-pace.ts';
import type { PathResult } from '../../verification/verify-file.ts';
import type { Repository } from '../backup-catalogue.ts';

/** What reading tells and obeys. */
export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Bytes that were read since its last call. */
  readonly onRead: (bytes: number) => void;
}

/** What one reader of a repository may read in a second, so that all of them together keep its limit; undefined: no limit. */
export function readerBytesPerSecond({
  bytesPerSecondMax,
  readersMax,
}: Pick<Repository, 'bytesPerSecondMax' | 'readersMax'>): number | undefined {
  return bytesPerSecondMax === undefined ? undefined : Math.max(1, Math.floor(bytesPerSecondMax / readersMax));
}

/** How a reader reads, where it is not as usual. */
interface ReaderChoices {
  /** Where the pace books what is read; its own unless given. */
  readonly memory?: SharedArrayBuffer | undefined;
  readonly level?: Exclude<Level, 'restore'> | undefined;
  /** The text of an identity file of age: opens what is encrypted. */
  readonly identityText?: string | undefined;
  /** A thread that was loaded ahead; it is the reader's from now on. */
  readonly loaded?: LoadedThread | undefined;
}

/** One reader of a repository: all that a job reads goes through it, in one thread and at one pace. */
export class RepositoryReader {
  readonly limits: VerificationLimits = DEFAULT_LIMITS;
  readonly #pace: SharedPace | undefined;
  readonly #thread: ReadingThread;

  /** What is on another machine is fetched at this pace, and read here as fast as it can be. */
  readonly #isRemote: boolean;

  constructor(
    repository: Pick<Repository, 'bytesPerSecondMax' | 'readersMax'> & Partial<Pick<Repository, 'place'>>,
    publicKeys: readonly KeyObject[],
    { memory, level = 'content', identityText, loaded }: ReaderChoices = {},
  ) {
    const bytesPerSecondMax = readerBytesPerSecond(repository);
    this.#isRemote = repository.place !== undefined;
    this.#pace = bytesPerSecondMax === undefined ? undefined : new SharedPace(bytesPerSecondMax, memory);
    const pace =
      bytesPerSecondMax === undefined || !this.#pace || this.#isRemote
        ? undefined
        : { bytesPerSecondMax, memory: this.#pace.memory };
    const settings = { level, identityText, limits: this.limits, publicKeys, digestsApart: true, pace };
    this.#thread = new ReadingThread(settings, loaded);
  }

  /** Checks one target as deep as its format allows; see `ReadingThread`. */
  verify(target: TargetToRead, options: ReadOptions): Promise<PathResult> {
    return this.#thread.verify(target, options);
  }

  /** The SHA-256 of a file; a finding about `name` when it cannot be read. */
  digest(location: string | Buffer, name: string, { signal, onRead }: ReadOptions): Promise<FileDigests | Finding> {
    const shared = this.#isRemote ? undefined : this.#pace;
    const pace = shared && ((bytes: number) => shared.take(bytes));
    return digestFile(location, name, { algorithms: ['sha256'], signal, onRead, pace });
  }

  /** Books bytes that were fetched from another machine, and waits until they are due. */
  async take(bytes: number): Promise<void> {
    await this.#pace?.take(bytes);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
