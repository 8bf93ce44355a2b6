import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../verification/limits.ts';
import type { PathResult, VerifyOptions } from '../verification/verify-file.ts';
import { planTargets } from '../verification/verify-plan.ts';
import { verifyTargets } from '../verification/verify-pool.ts';
import type { VerifyTarget } from '../verification/verify-target.ts';
import { type CommandContext, EXIT } from './command.ts';
import { createRatedMeter } from './progress-meter.ts';
import { stopSignal } from './stop-signal.ts';
import { byteRate, digestGiven, wholeNumber } from './verify-arguments.ts';
import { resultLines, Summary, summaryLine } from './verify-lines.ts';
import { openJournal } from './verify-resume.ts';

/** As commander hands them over. */
export interface VerifyArguments {
  readonly level: VerifyOptions['level'];
  readonly digest?: string;
  readonly jobs: string;
  readonly maxRatio?: string;
  readonly limitRate?: string;
  readonly resume?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Decoded bytes that are always allowed when somebody sets the ratio: a ratio below that says nothing. */
const RATIO_FREE_BYTES = 1_048_576;

const LOG_SILENCE_MS = 3000;

/** Checks every path, prints each result as it comes, and answers the exit status. */
export async function verifyPaths(
  { output }: CommandContext,
  paths: readonly string[],
  given: VerifyArguments,
): Promise<number> {
  const jobs = wholeNumber('--jobs', given.jobs, 64);
  const bytesPerSecondMax = given.limitRate === undefined ? undefined : byteRate('--limit-rate', given.limitRate);
  const limits = limitsOf(given);
  const targets = await planTargets(paths, { limits, recorded: recordedOf(paths, given) });
  const { signal } = stopSignal();
  const journal =
    given.resume === undefined ? undefined : await openJournal(given.resume, { level: given.level, limits });
  const isQuiet = given.quiet === true || given.json === true;
  const summary = new Summary();
  const tell = (result: PathResult, known: boolean) => {
    summary.add(result, { known });
    if (given.json === true) output.raw(`${JSON.stringify(result)}\n`);
    else if (given.quiet !== true || result.verdict !== 'sound')
      for (const line of resultLines(result)) output.line(line);
  };
  const left: VerifyTarget[] = [];
  for (const target of targets) {
    const known = await journal?.find(target);
    if (known === undefined) left.push(target);
    else tell(known, true);
  }
  const total = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const show = isQuiet ? undefined : createRatedMeter(output, systemClock);
  // In a log, what is over at once needs no line that it has begun.
  const silentMs = output.interactive ? 0 : LOG_SILENCE_MS;
  const startedMs = performance.now();
  let done = 0;
  const onRead = (bytes: number) => {
    done += bytes;
    if (performance.now() - startedMs > silentMs) show?.({ label: 'reading', done, total });
  };
  const onResult = (result: PathResult, target: VerifyTarget) => {
    journal?.note(target, result);
    tell(result, false);
  };
  const { level } = given;
  const interrupted = await verifyTargets(left, {
    level,
    limits,
    jobs,
    bytesPerSecondMax,
    signal,
    onRead,
    onResult,
  }).then(
    () => false,
    (thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      return true;
    },
  );
  journal?.close();
  const ended = summary.end({ interrupted, unchecked: targets.length - summary.paths });
  if (given.json === true) output.raw(`${JSON.stringify({ summary: ended })}\n`);
  else output.line(summaryLine(ended));
  return interrupted ? EXIT.interrupted : exitOf(ended.verdict);
}

function exitOf(verdict: PathResult['verdict']): number {
  if (verdict === 'sound') return EXIT.ok;
  return verdict === 'unverifiable' ? EXIT.unverifiable : EXIT.failed;
}

function recordedOf(paths: readonly string[], { digest }: VerifyArguments) {
  if (digest === undefined) return undefined;
  if (paths.length !== 1) throw new AppError('usage', 'bad-options', '--digest is of one file: name exactly one path.');
  return { source: '--digest', digests: [digestGiven(digest)] };
}

function limitsOf({ maxRatio }: VerifyArguments): VerificationLimits {
  if (maxRatio === undefined) return DEFAULT_LIMITS;
  const expansionRatioMax = wholeNumber('--max-ratio', maxRatio, 1_000_000_000);
  return { ...DEFAULT_LIMITS, expansionRatioMax, expansionFreeBytes: RATIO_FREE_BYTES };
}
