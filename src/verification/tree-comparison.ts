import { type ChunkDigests, type ChunkedFile, differingRanges } from './chunked-digest.ts';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { type Finding, printable } from './finding.ts';
import { normalName } from './tar-name.ts';
import { beneathTheirDirectories, FindingsPerKind } from './tree-findings.ts';

/** What a pass saw at one name. */
export interface SeenFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'special';
  readonly sizeBytes: number;
  readonly mode?: number;
  readonly mtimeSeconds?: number;
  /** Links only. */
  readonly target?: string;
  /** Of files that were read: lower-case hexadecimal, by the algorithm's name in `node:crypto`. */
  readonly digests?: Readonly<Record<string, string>>;
  readonly chunks?: ChunkDigests;
  /** Why it was not read, or what reading it showed of the medium. */
  readonly finding?: Finding | undefined;
}

/** What a comparison showed. */
export interface TreeComparisonResult {
  readonly findings: readonly Finding[];
  /** Listed names that were there and compared. Zero of them is never sound. */
  readonly checkedCount: number;
  /** Names that differ in nothing but their modification time: no finding, a restore may set another one. */
  readonly mtimeDifferences: number;
}

/** What a comparison is told. */
export interface ComparisonOptions {
  /** Names that need not be listed: the list itself. */
  readonly mayBeUnlisted?: ((path: string) => boolean) | undefined;
  /** Names are compared although no content was read. */
  readonly isPresenceOnly?: boolean | undefined;
  /** False when not all of the tree was seen: what is missing may well be there. */
  readonly isComplete?: boolean;
}

/** Compares what a pass saw with the list that says what there must be. Content, type, mode and target of links count. */
export function compareTree(
  list: DigestList,
  seen: Iterable<SeenFile>,
  options: ComparisonOptions = {},
): TreeComparisonResult {
  const comparison = new TreeComparison(list, options);
  for (const file of seen) comparison.compare(file);
  return comparison.finish(options.isComplete ?? true);
}

/** The same, name by name as they are seen. */
export class TreeComparison {
  readonly #list: DigestList;
  readonly #mayBeUnlisted: (path: string) => boolean;
  /** Lists of digests name files only: of directories they say nothing. */
  readonly #namesDirectories: boolean;
  readonly #isPresenceOnly: boolean;
  readonly #seen = new Set<string>();
  readonly #findings = new FindingsPerKind();
  readonly #unexpected: Finding[] = [];
  #checkedCount = 0;
  #mtimeDifferences = 0;

  constructor(list: DigestList, options: Omit<ComparisonOptions, 'isComplete'> = {}) {
    this.#list = list;
    this.#mayBeUnlisted = options.mayBeUnlisted ?? (() => false);
    this.#isPresenceOnly = options.isPresenceOnly ?? false;
    this.#namesDirectories = list.kind === 'muster-tree';
  }

  compare(seen: SeenFile): void {
    const path = normalName(seen.path);
    const expected = this.#list.entries.get(path);
    if (expected !== undefined) {
      this.#seen.add(path);
      this.#compareWith(path, seen, expected);
      return;
    }
    if (this.#mayBeUnlisted(path) || (seen.type === 'directory' && !this.#namesDirectories)) return;
    if (this.#unexpected.length >= NAMED_MAX) return;
    const message = `${printable(path)} is there, but ${printable(this.#list.source)} does not list it.`;
    this.#unexpected.push({ kind: 'unexpected', file: path, message });
  }

  /** What differs. In a tree that was not seen in full, what was not seen is one line. */
  finish(isComplete: boolean): TreeComparisonResult {
    const missing = [...this.#list.entries.keys()].filter((path) => !this.#seen.has(path));
    for (const finding of this.#missing(missing, isComplete)) this.#findings.add(finding);
    for (const finding of beneathTheirDirectories(this.#unexpected)) this.#findings.add(finding);
    return {
      findings: this.#findings.all(),
      checkedCount: this.#checkedCount,
      mtimeDifferences: this.#mtimeDifferences,
    };
  }

  #missing(paths: readonly string[], isComplete: boolean): Finding[] {
    const source = printable(this.#list.source);
    const [first] = paths;
    if (first === undefined) return [];
    if (!isComplete) {
      const message = `${paths.length} of ${this.#list.entries.size} listed names were not reached; the first is ${printable(first)}.`;
      return [{ kind: 'missing', file: first, message }];
    }
    return beneathTheirDirectories(
      paths.slice(0, NAMED_MAX).map((path) => {
        return { kind: 'missing', file: path, message: `${printable(path)} is listed in ${source}, but is not there.` };
      }),
    );
  }

  #compareWith(path: string, seen: SeenFile, expected: ExpectedFile): void {
    if (seen.finding !== undefined) this.#findings.add(seen.finding);
    // What could not be read has one fault, not two.
    if (seen.finding !== undefined && seen.digests === undefined) return;
    const wrong = difference(path, seen, expected, printable(this.#list.source));
    if (wrong !== undefined) this.#findings.add(wrong);
    const wasRead = seen.digests !== undefined || expected.digests.length === 0 || wrong !== undefined;
    if (wasRead || this.#isPresenceOnly) this.#checkedCount += 1;
    const { mtimeSeconds } = expected;
    const isMoved = mtimeSeconds !== undefined && seen.mtimeSeconds !== undefined && mtimeSeconds !== seen.mtimeSeconds;
    if (isMoved && wrong === undefined) this.#mtimeDifferences += 1;
  }
}

/** Names that are missing, or that nobody lists: more are not told one by one. */
const NAMED_MAX = 10_000;

/** The one finding about a name that is there; undefined when it is as listed. */
function difference(path: string, seen: SeenFile, expected: ExpectedFile, source: string): Finding | undefined {
  const differs = (what: string, wanted: string, actual: string): Finding => ({
    kind: 'altered',
    file: path,
    expected: wanted,
    actual,
    message: `${printable(path)} has another ${what} than ${source} says.`,
  });
  const type = expected.type ?? 'file';
  if (seen.type !== type) return differs('type', type, seen.type);
  if (type === 'file') {
    const content = contentDifference(path, seen, expected, source);
    if (content !== undefined) return content;
  }
  if (type === 'symlink' && expected.target !== seen.target) {
    return differs('target', printable(expected.target ?? ''), printable(seen.target ?? ''));
  }
  // The mode of a link means nothing, and systems differ in it.
  if (type === 'symlink' || expected.mode === undefined || seen.mode === undefined) return undefined;
  return expected.mode === seen.mode ? undefined : differs('mode', octal(expected.mode), octal(seen.mode));
}

function contentDifference(path: string, seen: SeenFile, expected: ExpectedFile, source: string): Finding | undefined {
  const { sizeBytes } = expected;
  const name = printable(path);
  const sizes = { expected: `${sizeBytes} bytes`, actual: `${seen.sizeBytes} bytes` };
  if (sizeBytes !== undefined && sizeBytes > 0 && seen.sizeBytes === 0) {
    return { kind: 'empty', file: path, offset: 0, endOffset: sizeBytes, ...sizes, message: `${name} is empty.` };
  }
  const wrong = expected.digests.find(({ algorithm, hex }) => {
    const actual = seen.digests?.[algorithm];
    return actual !== undefined && actual !== hex;
  });
  const isOtherSize = sizeBytes !== undefined && sizeBytes !== seen.sizeBytes;
  if (wrong === undefined && !isOtherSize) return undefined;
  const digests =
    wrong === undefined
      ? sizes
      : {
          expected: `${wrong.algorithm}:${wrong.hex}`,
          actual: `${wrong.algorithm}:${seen.digests?.[wrong.algorithm]}`,
        };
  return { ...located(path, seen, expected, source), ...digests };
}

/** Where the content differs, as far as digests of its pieces are on record. */
function located(path: string, seen: SeenFile, { chunks, sizeBytes }: ExpectedFile, source: string): Finding {
  const name = printable(path);
  const longer = sizeBytes === undefined ? 0 : seen.sizeBytes - sizeBytes;
  const size = longer === 0 ? '' : `, and is ${Math.abs(longer)} bytes ${longer > 0 ? 'longer' : 'shorter'}`;
  const altered = { kind: 'altered', file: path, message: `${name} is not what ${source} records${size}.` } as const;
  if (chunks === undefined || sizeBytes === undefined || seen.chunks === undefined) return altered;
  const { chunkBytes } = chunks;
  const recorded: ChunkedFile = { sizeBytes, chunkBytes, chunkDigests: Buffer.from(chunks.chunks, 'base64') };
  const ranges = differingRanges(recorded, { ...seen.chunks, sizeBytes: seen.sizeBytes });
  const [first, ...rest] = ranges;
  if (first === undefined) return altered;
  const lastWholeChunk = seen.sizeBytes - (seen.sizeBytes % chunks.chunkBytes);
  if (longer < 0 && first.offset >= lastWholeChunk) {
    const message = `${name} is cut: its last ${-longer} bytes are lost, from byte ${seen.sizeBytes} on.`;
    return { kind: 'truncated', file: path, offset: seen.sizeBytes, endOffset: sizeBytes, message };
  }
  const more = rest.length === 0 ? '' : ` and ${rest.length} more ranges`;
  const where = `, first in bytes ${first.offset} to ${first.endOffset}${more}`;
  return { ...altered, ...first, message: `${name} is not what ${source} records${where}${size}.` };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
