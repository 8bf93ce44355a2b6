import { recordChecksProgress } from '../check-run.store.ts';
import type { RunKey } from '../run.store.ts';
import { type ProgressRecorder, recordProgress } from '../run-progress.ts';
import type { VerificationDeps } from './reading-job.ts';

/**
 * The checks that a pass has begun and not ended: it says of all of them that they are alive, and how far the one is that is
 * read.
 */
export class OpenChecks {
  readonly #runs = new Map<string, RunKey>();
  readonly #progress: ProgressRecorder;

  constructor(deps: Pick<VerificationDeps, 'db' | 'clock' | 'log'>) {
    this.#progress = recordProgress({
      ...deps,
      write: async (progress) => {
        const runs = [...this.#runs.values()];
        if (runs.length === 0) return;
        await recordChecksProgress(deps.db, runs, progress && { runId: progress.step, progress });
      },
    });
  }

  add(runs: readonly RunKey[]): void {
    for (const run of runs) this.#runs.set(run.id, run);
  }

  remove(runs: readonly RunKey[]): void {
    for (const { id } of runs) this.#runs.delete(id);
  }

  /** How far one of them is. */
  report(run: RunKey, done: number, total: number): void {
    this.#progress.report({ step: run.id, unit: 'bytes', done, total });
  }

  /** Says nothing more. */
  stop(): Promise<void> {
    return this.#progress.stop();
  }
}
