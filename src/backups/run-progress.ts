import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import type { RunProgress } from './backup-catalogue.ts';

/** What a run reports of itself, as often as it likes. */
interface ProgressReport {
  readonly step: string;
  readonly unit: RunProgress['unit'];
  readonly done: number;
  readonly total: number;
}

/** A report with the rate since its step began. */
export type RatedProgress = ProgressReport & { readonly perSecond: number };

export interface ProgressRecorder {
  /** Cheap: only the newest report of each interval is written. */
  readonly report: (progress: ProgressReport) => void;
  /** Ends the writing; resolves when none is under way any more. */
  stop(): Promise<void>;
}

const PROGRESS_INTERVAL_SECONDS = 1;

/**
 * Writes progress while a run goes on, in a steady beat that also says that the run is alive: `write` is called with the
 * newest report, or with nothing when there was none yet. A failed write is logged and the next one tried; the run itself
 * meets a lost database soon enough.
 */
export function recordProgress(options: {
  readonly write: (progress: RatedProgress | undefined) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalSeconds?: number;
}): ProgressRecorder {
  let newest: RatedProgress | undefined;
  let stepBegan = { step: '', atMs: 0 };
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;

  const beat = () => {
    if (isWriting) return;
    isWriting = true;
    writing = options
      .write(newest)
      .catch((error: unknown) => options.log.warn({ err: error }, 'the progress of a backup run was not written'))
      .finally(() => {
        isWriting = false;
      });
  };
  const timer = setInterval(beat, (options.intervalSeconds ?? PROGRESS_INTERVAL_SECONDS) * 1000);

  return {
    report: (progress) => {
      const nowMs = options.clock.monotonicMs();
      if (progress.step !== stepBegan.step) stepBegan = { step: progress.step, atMs: nowMs };
      const seconds = (nowMs - stepBegan.atMs) / 1000;
      newest = { ...progress, perSecond: seconds > 0 ? progress.done / seconds : 0 };
    },
    stop: async () => {
      clearInterval(timer);
      await writing;
    },
  };
}
