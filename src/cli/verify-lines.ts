import { formatBytes, formatSeconds } from '../kernel/units.ts';
import { escaped, type Finding, VERDICTS_WORST_FIRST, type Verdict } from '../verification/finding.ts';
import type { PathResult } from '../verification/verify-file.ts';

/** What all results together say. */
export interface VerifySummary {
  /** The worst of all. */
  readonly verdict: Verdict;
  readonly paths: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Paths whose result stood in the journal of an earlier run. The figures below are without them. */
  readonly known: number;
  readonly bytes: number;
  readonly decodedBytes: number;
  readonly entries: number;
  readonly seconds: number;
  readonly bytesPerSecond: number;
  readonly interrupted: boolean;
  /** Paths that were not reached. */
  readonly unchecked: number;
}

/** Adds results up. */
export class Summary {
  readonly #startedMs = performance.now();
  readonly #verdicts: Partial<Record<Verdict, number>> = {};
  #bytes = 0;
  #decodedBytes = 0;
  #entries = 0;
  #known = 0;
  paths = 0;

  /** `known` from an earlier run: nothing of it was read now. */
  add({ verdict, bytes, decodedBytes, entries }: PathResult, { known }: { readonly known: boolean }): void {
    this.paths += 1;
    this.#verdicts[verdict] = (this.#verdicts[verdict] ?? 0) + 1;
    if (known) {
      this.#known += 1;
      return;
    }
    this.#bytes += bytes;
    this.#decodedBytes += decodedBytes;
    this.#entries += entries;
  }

  /** Nothing checked is never sound. */
  end({ interrupted, unchecked }: Pick<VerifySummary, 'interrupted' | 'unchecked'>): VerifySummary {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const worst = VERDICTS_WORST_FIRST.find((verdict) => this.#verdicts[verdict] !== undefined);
    return {
      verdict: worst ?? 'unverifiable',
      paths: this.paths,
      known: this.#known,
      verdicts: this.#verdicts,
      bytes: this.#bytes,
      decodedBytes: this.#decodedBytes,
      entries: this.#entries,
      seconds,
      bytesPerSecond: Math.round(this.#bytes / Math.max(seconds, 0.001)),
      interrupted,
      unchecked,
    };
  }
}

/** A result for programs: one line, with all keys always. `sha256` is null where the file was not read to its end. */
export function resultJson(result: PathResult): string {
  const { path, verdict, level, format, bytes, decodedBytes, entries, sha256 = null, seconds, findings } = result;
  const all = { path, verdict, level, format, bytes, decodedBytes, entries, sha256, seconds, findings };
  return JSON.stringify(all);
}

/** A result for people: one line, and what was found beneath it. */
export function resultLines(result: PathResult): string[] {
  const { path, verdict, level, format, bytes, entries } = result;
  const counted = entries > 0 ? `${entries} ${entries === 1 ? 'entry' : 'entries'}, ` : '';
  const head = `${verdict.padEnd(12)}  ${escaped(path)}  (${format}, ${counted}${formatBytes(bytes)}, level ${level})`;
  return [head, ...result.findings.flatMap((finding) => findingLines(finding, '  '))];
}

function findingLines(finding: Finding, indent: string): string[] {
  const { kind, message, offset, endOffset, decodedOffset, expected, actual, consequences = [] } = finding;
  const places = [
    ...(offset === undefined
      ? []
      : [endOffset === undefined || endOffset <= offset + 1 ? `byte ${offset}` : `bytes ${offset} to ${endOffset}`]),
    ...(decodedOffset === undefined || decodedOffset === offset ? [] : [`decoded byte ${decodedOffset}`]),
  ];
  const place = places.length === 0 ? '' : ` [${places.join(', ')}]`;
  const sides = [
    ...(expected === undefined ? [] : [`${indent}  expected ${escaped(expected)}`]),
    ...(actual === undefined ? [] : [`${indent}  actual   ${escaped(actual)}`]),
  ];
  return [
    `${indent}${kind}: ${escaped(message)}${place}`,
    ...sides,
    ...consequences.flatMap((consequence) => findingLines(consequence, `${indent}  `)),
  ];
}

/** The last line for people. */
export function summaryLine(summary: VerifySummary): string {
  const { paths, known, verdicts, bytes, seconds, bytesPerSecond, interrupted, unchecked } = summary;
  const counts = VERDICTS_WORST_FIRST.toReversed()
    .filter((verdict) => verdicts[verdict] !== undefined)
    .map((verdict) => `${verdicts[verdict]} ${verdict}`);
  const before = known === 0 ? '' : ` (${known} of them before)`;
  const what = `${paths} checked${before}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
  const stopped = interrupted ? `INTERRUPTED, ${unchecked} not reached; ` : '';
  return `${stopped}${what}; ${formatBytes(bytes)} read in ${formatSeconds(seconds)} (${formatBytes(bytesPerSecond)}/s)`;
}
