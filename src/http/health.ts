import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';

/** One thing that the service needs to do its work. */
export interface HealthCheck {
  readonly name: string;
  /** `detail` is one line that anybody may read who reaches the port: no addresses, paths or secrets. */
  readonly check: () => Promise<{ readonly ok: boolean; readonly detail: string }>;
}

/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** A check that takes longer has failed: a probe waits for no hanging disk. */
const CHECK_SECONDS_MAX = 5;

/** Probes come from many sides, unauthenticated; the answer is shared for this long. */
const SHARED_MS = 1000;

/** Runs all checks side by side. What throws or hangs is not ok. */
export function readinessProbe(
  checks: readonly HealthCheck[],
  monotonicMs: () => number,
  log: Logger,
): () => Promise<Readiness> {
  let shared: { readonly atMs: number; readonly answer: Promise<Readiness> } | undefined;
  return () => {
    const nowMs = monotonicMs();
    if (!shared || nowMs - shared.atMs >= SHARED_MS) shared = { atMs: nowMs, answer: runChecks(checks, log) };
    return shared.answer;
  };
}

async function runChecks(checks: readonly HealthCheck[], log: Logger): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => runCheck(check, log)));
  return { ready: results.every((result) => result.ok), checks: results };
}

async function runCheck({ name, check }: HealthCheck, log: Logger): Promise<Readiness['checks'][number]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(lateError()), CHECK_SECONDS_MAX * 1000);
  });
  try {
    return { name, ...(await Promise.race([check(), late])) };
  } catch (thrown) {
    log.warn({ check: name, err: thrown }, 'readiness check failed');
    // A foreign error may name paths and addresses: those are for the log.
    return { name, ok: false, detail: thrown instanceof AppError ? thrown.message : 'failed: see the log' };
  } finally {
    clearTimeout(timer);
  }
}

function lateError(): AppError {
  return new AppError('timeout', 'check-timeout', `No answer within ${CHECK_SECONDS_MAX} s`);
}
