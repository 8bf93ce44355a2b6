import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import type { LogMessage, LogStream } from '../log-stream.ts';
import { requireAvailable } from '../repository.identity.ts';
import { SegmentWriter } from '../segment-writer.ts';
import type { ArchiveProgress } from './archive-progress.ts';
import { UnfinishedSegment } from './unfinished-segment.ts';

/** A stream that has begun, and where it goes. */
export interface StreamToKeep {
  readonly log: LogStream;
  readonly messages: AsyncIterator<LogMessage>;
  readonly repository: Repository;
  readonly directory: string;
  readonly timeline: number;
  readonly segmentBytes: number;
  readonly fromLsn: bigint;
  readonly flushSeconds: number;
  readonly clock: Clock;
  readonly progress: ArchiveProgress;
  readonly stopping: AbortSignal;
  readonly flushedLsn: () => Promise<bigint>;
}

/** After a stop was asked for, what the server has written by then is still archived, if that takes no longer. */
const STOP_SECONDS_MAX = 5;

/**
 * Writes the stream into the archive, and lets the slot go of what is on the repository's disk: every few seconds, whenever the
 * server asks, and at the end. Resolves after a stop.
 *
 * @throws AppError `unavailable` `repository-unavailable`, `wal-incomplete`, `replication-failed`; `conflict` `wal-diverged`;
 * the server's error.
 */
export async function keepStreaming(stream: StreamToKeep): Promise<void> {
  const { messages, clock, stopping, flushSeconds } = stream;
  await using archive = new ArchiveWriter(stream);
  let next = nextOf(messages);
  let dueMs = clock.monotonicMs() + flushSeconds * 1000;
  let goal: { readonly lsn: bigint; readonly deadlineMs: number } | undefined;
  for (;;) {
    const arrived = await within(next, dueMs - clock.monotonicMs(), stopping);
    if (arrived?.done === true) throw new AppError('unavailable', 'replication-failed', 'The server ended the stream');
    const wantsReply = arrived !== undefined && (await archive.take(arrived.value));
    if (arrived !== undefined) next = nextOf(messages);
    if (wantsReply || clock.monotonicMs() >= dueMs) {
      await archive.keep();
      dueMs = clock.monotonicMs() + flushSeconds * 1000;
    }
    if (!stopping.aborted) continue;
    goal ??= { lsn: await stream.flushedLsn(), deadlineMs: clock.monotonicMs() + STOP_SECONDS_MAX * 1000 };
    if (archive.position < goal.lsn && clock.monotonicMs() < goal.deadlineMs) continue;
    await archive.keep();
    return endInOrder(stream, next);
  }
}

class ArchiveWriter implements AsyncDisposable {
  readonly #stream: StreamToKeep;
  readonly #segments: SegmentWriter;
  #unfinished: UnfinishedSegment | undefined;

  constructor(stream: StreamToKeep) {
    this.#stream = stream;
    this.#segments = new SegmentWriter({ ...stream, open: (name) => this.#open(name) });
  }

  /** Everything before it was written. */
  get position(): bigint {
    return this.#segments.position;
  }

  /** @returns whether the server wants to hear how far this is. */
  async take(message: LogMessage): Promise<boolean> {
    if (message.kind === 'streaming') return false;
    this.#stream.progress.serverIsAt(message.serverEndLsn);
    if (message.kind === 'alive') return message.wantsReply;
    await this.#segments.write(message.startLsn, message.bytes);
    return false;
  }

  /** Has everything on disk, and says so. Of a disk that is not the repository's any more nothing is said. */
  async keep(): Promise<void> {
    const { repository, log, progress } = this.#stream;
    await requireAvailable(repository);
    await this.#unfinished?.sync();
    log.report(this.position, this.position);
    progress.isKept(this.position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#segments[Symbol.asyncDispose]();
  }

  async #open(name: string) {
    const { repository, directory } = this.#stream;
    await requireAvailable(repository);
    const segment = await UnfinishedSegment.open(directory, name);
    this.#unfinished = segment;
    return {
      write: (bytes: Buffer, offset: number) => segment.write(bytes, offset),
      finish: async () => {
        await segment.finish();
        this.#unfinished = undefined;
      },
      close: () => segment.close(),
    };
  }
}

type Next = Promise<IteratorResult<LogMessage, unknown>>;

function nextOf(messages: AsyncIterator<LogMessage>): Next {
  const next = messages.next();
  next.catch(() => {
    // Thrown where it is waited for.
  });
  return next;
}

/** The server confirms the end, so that it has taken what was said last. One that does not is left. */
async function endInOrder({ log, messages }: StreamToKeep, next: Next): Promise<void> {
  log.end();
  const deadlineMs = performance.now() + STOP_SECONDS_MAX * 1000;
  for (let waiting = next; performance.now() < deadlineMs; waiting = nextOf(messages)) {
    const arrived = await within(waiting, deadlineMs - performance.now());
    if (arrived === undefined || arrived.done === true) return;
  }
}

/** The promise's value; undefined when it takes longer, or at the abort. */
async function within<T>(promise: Promise<T>, milliseconds: number, signal?: AbortSignal): Promise<T | undefined> {
  const { promise: waited, resolve } = Promise.withResolvers<undefined>();
  const wake = () => resolve(undefined);
  const timer = setTimeout(wake, Math.max(0, milliseconds));
  if (signal?.aborted === false) signal.addEventListener('abort', wake, { once: true });
  try {
    return await Promise.race([promise, waited]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', wake);
  }
}
