import type { KeyObject } from 'node:crypto';
import type { VerificationLimits } from './limits.ts';
import { ReadingThread } from './reading-thread.ts';
import { SharedPace } from './shared-pace.ts';
import type { VerifyTarget } from './target.ts';
import type { ThreadSettings } from './verify.worker.ts';
import type { PathResult, VerifyOptions } from './verify-file.ts';

/** How a list of targets is checked. */
export interface PoolOptions {
  readonly level: VerifyOptions['level'];
  readonly limits: VerificationLimits;
  /** The Ed25519 keys whose signature on a manifest is trusted. */
  readonly publicKeys: readonly KeyObject[];
  /** The text of an identity file of age. */
  readonly identityText?: string | undefined;
  /** Targets checked at the same time, each in a thread of its own. A single one has a second thread for its digests. */
  readonly jobs: number;
  /** Over all of them together. */
  readonly bytesPerSecondMax?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead: (bytes: number) => void;
  /** In the order in which they end: with one job that of the targets. */
  readonly onResult: (result: PathResult, target: VerifyTarget) => void;
}

/**
 * Checks all targets and tells each result as soon as it is there.
 * @throws the signal's reason after an abort; what `onResult` throws; Error when a thread fails, which is a bug and no fault of the target.
 */
export async function verifyTargets(targets: readonly VerifyTarget[], options: PoolOptions): Promise<void> {
  const { jobs, level, limits, publicKeys, identityText, bytesPerSecondMax } = options;
  const pace = bytesPerSecondMax === undefined ? undefined : { bytesPerSecondMax, ...memoryOf(bytesPerSecondMax) };
  const settings: ThreadSettings = { level, limits, publicKeys, identityText, digestsApart: jobs === 1, pace };
  const waiting = targets.values();
  // A thread that fails ends the others: what they would still do nobody could report.
  const failing = new AbortController();
  const signal = AbortSignal.any([failing.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const working = Array.from({ length: Math.min(jobs, targets.length) }, () =>
    work(waiting, settings, { ...options, signal }).catch((thrown: unknown) => {
      failing.abort(thrown);
      throw thrown;
    }),
  );
  const ended = await Promise.allSettled(working);
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function memoryOf(bytesPerSecondMax: number): { readonly memory: SharedArrayBuffer } {
  return new SharedPace(bytesPerSecondMax);
}

/** One thread takes target after target until none waits. It is started for the first that is not judged already. */
async function work(
  waiting: Iterator<VerifyTarget>,
  settings: ThreadSettings,
  { signal, onRead, onResult }: PoolOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const thread = new ReadingThread(settings);
  try {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const target = next.value;
      onResult(target.kind === 'judged' ? target.result : await thread.verify(target, { signal, onRead }), target);
    }
  } finally {
    await thread.close();
  }
}
