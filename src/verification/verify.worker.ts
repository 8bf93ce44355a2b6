import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../kernel/errors.ts';
import { DigestThread, INLINE_DIGESTS } from './digest-thread.ts';
import { SharedPace } from './shared-pace.ts';
import type { VerifyTarget } from './target.ts';
import type { DirectoryOptions } from './verify-directory.ts';
import type { PathResult } from './verify-file.ts';
import { verifyTarget } from './verify-target.ts';

/** How a thread checks what it is given. */
export interface ThreadSettings extends Pick<DirectoryOptions, 'level' | 'limits' | 'publicKeys'> {
  /** The text of an identity file of age. */
  readonly identityText?: string | undefined;
  /** One more thread makes the digests. With several threads each makes its own. */
  readonly digestsApart: boolean;
  readonly pace?: { readonly bytesPerSecondMax: number; readonly memory: SharedArrayBuffer } | undefined;
}

/** What the thread knows from its beginning. */
export interface ThreadStart {
  /** What it will read, where that is known already: the thread that digests large files is loaded at once. */
  readonly sizeBytes: number;
}

/** What the thread is told: its settings first, then targets one at a time. */
export type ToThread =
  | { readonly kind: 'settings'; readonly settings: ThreadSettings }
  | { readonly kind: 'target'; readonly target: VerifyTarget };

/** What the thread says: progress as often as it reads, and one end for each target. */
export type FromThread =
  | { readonly kind: 'read'; readonly bytes: number }
  /** `bytes`: read since the last progress. */
  | { readonly kind: 'done'; readonly result: PathResult; readonly bytes: number }
  | { readonly kind: 'failed'; readonly message: string };

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}

async function optionsOf({
  level,
  limits,
  publicKeys,
  identityText,
  digestsApart,
  pace,
}: ThreadSettings): Promise<DirectoryOptions> {
  const shared = pace && new SharedPace(pace.bytesPerSecondMax, pace.memory);
  return {
    level,
    limits,
    publicKeys,
    identities:
      identityText === undefined ? undefined : (await import('./age-identities.ts')).parseIdentities(identityText),
    onRead: (bytes) => {
      unsaid += bytes;
      if (unsaid >= SAID_FROM_BYTES) say({ kind: 'read', bytes: takeUnsaid() });
    },
    digests: digestsApart ? apart : INLINE_DIGESTS,
    ...(shared === undefined ? {} : { pace: (bytes) => shared.take(bytes) }),
  };
}

/** A message for each small file would cost more than the file. */
const SAID_FROM_BYTES = 1_048_576;
let unsaid = 0;

function takeUnsaid(): number {
  const bytes = unsaid;
  unsaid = 0;
  return bytes;
}

/** A buffer arrives from another thread as a plain array of bytes. */
function withBuffers(target: VerifyTarget): VerifyTarget {
  if (target.kind !== 'file' || target.recorded?.chunks === undefined) return target;
  const { chunks, ...recorded } = target.recorded;
  return {
    ...target,
    recorded: { ...recorded, chunks: { ...chunks, chunkDigests: Buffer.from(chunks.chunkDigests) } },
  };
}

const apart = new DigestThread();
apart.load((workerData as ThreadStart).sizeBytes);

let options: Promise<DirectoryOptions> | undefined;

parentPort?.on('message', (told: ToThread) => {
  if (told.kind === 'settings') options = optionsOf(told.settings);
  else if (options !== undefined) {
    options
      .then((settled) => verifyTarget(withBuffers(told.target), settled))
      .then(
        (result) => say({ kind: 'done', result, bytes: takeUnsaid() }),
        (thrown: unknown) => say({ kind: 'failed', message: messageOf(thrown) }),
      );
  }
});
