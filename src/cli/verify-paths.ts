import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import { printable } from '../verification/finding.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../verification/limits.ts';
import type { VerifyTarget } from '../verification/target.ts';
import type { PathResult, VerifyOptions } from '../verification/verify-file.ts';
import type { ListedOptions } from '../verification/verify-listed.ts';
import { planTargets } from '../verification/verify-plan.ts';
import { type PoolOptions, verifyTargets } from '../verification/verify-pool.ts';
import { EXIT, type StandaloneContext, statusOfVerdict } from './command.ts';
import type { Output } from './output.ts';
import { createReadingMeter } from './progress-meter.ts';
import { readPublicKey } from './signing-key-file.ts';
import { stopSignal } from './stop-signal.ts';
import { byteRate, digestGiven, wholeNumber } from './verify-arguments.ts';
import { resultJson, resultLines, Summary, summaryLine } from './verify-lines.ts';
import type { Journal } from './verify-resume.ts';

/** As commander hands them over. */
export interface VerifyArguments {
  readonly level: VerifyOptions['level'];
  readonly manifest?: string;
  readonly publicKey?: string;
  readonly identity?: string;
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

const JOBS_MAX = 64;
const RATIO_MAX = 1_000_000_000;

/** Checks every path, prints each result as it comes, and answers the exit status. */
export async function verifyPaths(
  { output }: StandaloneContext,
  paths: readonly string[],
  given: VerifyArguments,
): Promise<number> {
  const how = await howTo(given);
  const targets = await targetsOf(paths, given, how);
  using stop = stopSignal();
  const journal = given.resume === undefined ? undefined : await openJournalOf(given.resume, journalKey(given, how));
  const summary = new Summary();
  const tell = teller(output, given, summary);
  try {
    const left = await withoutKnown(targets, journal, (result) => tell(result, { known: true }));
    const onRead = progressOf(output, given, left);
    const onResult = (result: PathResult, target: VerifyTarget) => {
      journal?.note(target, result);
      tell(result, { known: false });
    };
    await verifyTargets(left, { ...how, signal: stop.signal, onRead, onResult });
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  } finally {
    journal?.close();
  }
  const interrupted = stop.signal.aborted;
  const ended = summary.end({ interrupted, unchecked: targets.length - summary.paths });
  if (given.json === true) output.raw(`${JSON.stringify({ summary: ended })}\n`);
  else output.line(summaryLine(ended));
  return interrupted ? EXIT.interrupted : statusOfVerdict(ended.verdict);
}

type How = Omit<PoolOptions, 'signal' | 'onRead' | 'onResult'>;

async function howTo(given: VerifyArguments): Promise<How> {
  return {
    level: given.level,
    limits: limitsOf(given),
    jobs: wholeNumber('--jobs', given.jobs, JOBS_MAX),
    publicKeys: given.publicKey === undefined ? [] : [await readPublicKey('--public-key', given.publicKey)],
    identityText: given.identity === undefined ? undefined : await readIdentityText(given.identity),
    bytesPerSecondMax: given.limitRate === undefined ? undefined : byteRate('--limit-rate', given.limitRate),
  };
}

async function openJournalOf(file: string, key: object): Promise<Journal> {
  return (await import('./verify-resume.ts')).openJournal(file, key);
}

/** What another result could come from. The secret identities have a key of 256 bits each: their digest tells nothing. */
function journalKey({ level, manifest }: VerifyArguments, { limits, identityText }: How): object {
  const identity = identityText === undefined ? null : hash('sha256', identityText);
  return { level, limits, identity, manifest: manifest ?? null };
}

async function targetsOf(
  paths: readonly string[],
  given: VerifyArguments,
  options: ListedOptions,
): Promise<VerifyTarget[]> {
  // A variable that a script left unset, not the current directory.
  if (paths.includes('')) throw wrong('A path is empty: name a file or a directory.');
  const recorded = await recordedOf(paths, given);
  if (given.manifest !== undefined) {
    if (recorded !== undefined) throw wrong('Give --manifest or --digest, not both.');
    return (await import('../verification/verify-listed.ts')).planListed(given.manifest, paths, options);
  }
  if (paths.length === 0) throw wrong('Name a path, or a list with --manifest.');
  const targets = await planTargets(paths, { ...options, recorded });
  if (options.publicKeys.length > 0 && !targets.some(mayBeSigned)) {
    throw wrong('--public-key asks for a signature, but nothing among the paths is of a kind that carries one.');
  }
  return targets;
}

/** Signed, or told to be unsigned. A list of digests that is named (`--manifest`) answers for itself. */
function mayBeSigned(target: VerifyTarget): boolean {
  if (target.kind === 'directory') return target.what === 'recovery-point' || target.what === 'tree';
  return target.kind === 'judged' && target.result.findings.some(({ kind }) => kind === 'unsigned');
}

async function recordedOf(paths: readonly string[], { digest }: VerifyArguments) {
  if (digest === undefined) return undefined;
  const [path = ''] = paths;
  if (paths.length !== 1) throw wrong('--digest is of one file: name exactly one path.');
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    throw wrong(
      `--digest is of one file, and ${printable(path)} is a directory: make a list with muster manifest create.`,
    );
  }
  return { source: '--digest', digests: [digestGiven(digest)] };
}

function limitsOf({ maxRatio }: VerifyArguments): VerificationLimits {
  if (maxRatio === undefined) return DEFAULT_LIMITS;
  const expansionRatioMax = wholeNumber('--max-ratio', maxRatio, RATIO_MAX);
  return { ...DEFAULT_LIMITS, expansionRatioMax, expansionFreeBytes: RATIO_FREE_BYTES };
}

type Tell = (result: PathResult, how: { readonly known: boolean }) => void;

function teller(output: Output, { json, quiet }: VerifyArguments, summary: Summary): Tell {
  return (result, { known }) => {
    summary.add(result, { known });
    if (json === true) output.raw(`${resultJson(result)}\n`);
    else if (quiet !== true || result.verdict !== 'sound') resultLines(result).forEach(output.line);
  };
}

async function withoutKnown(
  targets: readonly VerifyTarget[],
  journal: Journal | undefined,
  tell: (result: PathResult) => void,
): Promise<readonly VerifyTarget[]> {
  if (journal === undefined) return targets;
  const left: VerifyTarget[] = [];
  for (const target of targets) {
    const known = await journal.find(target);
    if (known === undefined) left.push(target);
    else tell(known);
  }
  return left;
}

function progressOf(output: Output, given: VerifyArguments, targets: readonly VerifyTarget[]) {
  const total = targets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const silent = given.quiet === true || given.json === true;
  const show = createReadingMeter(output, MONOTONIC, { label: 'reading', silent });
  let done = 0;
  return (bytes: number) => {
    done += bytes;
    show(done, total);
  };
}

/** Loads less than a clock of the service does. */
const MONOTONIC = { monotonicMs: () => performance.now() };

async function readIdentityText(file: string): Promise<string> {
  return (await import('./identity-file.ts')).readIdentityText('--identity', file);
}

function wrong(message: string): AppError {
  return new AppError('usage', 'bad-options', message);
}
