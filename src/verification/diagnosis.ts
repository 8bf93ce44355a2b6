import { type ByteRange, type ChunkDigests, differingRanges, type FileDigest } from './chunked-digest.ts';
import type { ExpectedDigest } from './expected-file.ts';
import { type Finding, printable, withConsequences, worstFirst } from './finding.ts';
import type { Inspection } from './inspection.ts';
import type { OpenFailure, StoredRead } from './stored-file.ts';

/** What is on record of one stored file. */
export interface RecordedFile {
  /** Who says so, for people. */
  readonly source: string;
  /** At least one; all of them must fit. */
  readonly digests: readonly ExpectedDigest[];
  readonly sizeBytes?: number | undefined;
  /** Locate damage. */
  readonly chunks?: ChunkDigests | undefined;
}

/** What is known of one stored file after it was read. */
export interface CaseFile {
  readonly inspection: Inspection;
  /** What is on record. Absent when nothing is, or when the level asks for none. */
  readonly recorded?: RecordedFile | undefined;
  /** What its entries said against the list of them. */
  readonly contents: readonly Finding[];
}

/**
 * The root findings of one stored file. One cause explains as much as it can: a lost disk sector makes the digest differ,
 * the decoder fail and entries go missing, and is still one finding with consequences. What is hostile, and what says
 * something of its own about the medium, always stands by itself.
 */
export function diagnose(caseFile: CaseFile): Finding[] {
  const { inspection, contents } = caseFile;
  const hostile = inspection.structure.filter(({ kind }) => kind === 'hostile');
  const others = inspection.structure.filter(({ kind }) => kind !== 'hostile');
  const apart = [...hostile, ...curedReads(inspection)];
  const cause = physicalCause(inspection) ?? digestCause(caseFile, others);
  if (cause !== undefined) return [withConsequences(cause, [...others, ...contents]), ...apart];
  return [...ownCauses(caseFile, others, contents), ...apart];
}

/** The file cannot be read as one thing at all. */
function physicalCause({ file, openFailure, read }: Inspection): Finding | undefined {
  const name = printable(file);
  if (openFailure !== undefined) return openFinding(file, openFailure);
  if (read?.failure !== undefined) {
    const { offset, endOffset, code } = read.failure;
    return {
      kind: 'unreadable',
      file,
      offset,
      endOffset,
      message: `${name} cannot be read at byte ${offset} (${code}).`,
    };
  }
  if (read?.changed === true) {
    return { kind: 'changed-while-read', file, message: `${name} changed while it was read: check it again.` };
  }
  return undefined;
}

function openFinding(file: string, failure: OpenFailure): Finding {
  const name = printable(file);
  switch (failure.reason) {
    case 'missing':
      return { kind: 'missing', file, message: `${name} is not there.` };
    case 'not-regular':
      return { kind: 'hostile', file, message: `${name} is not a regular file; links and devices are not followed.` };
    case 'no-access':
      return { kind: 'no-access', file, message: `${name} may not be read by this process (${failure.code}).` };
    case 'unreadable':
      return { kind: 'unreadable', file, message: `${name} cannot be opened (${failure.code}).` };
  }
}

/** The bytes are not those on record. */
function digestCause({ inspection, recorded }: CaseFile, structure: readonly Finding[]): Finding | undefined {
  const { file, read, digest } = inspection;
  const wrong = digest && recorded?.digests.find((wanted) => digestOf(digest, wanted) !== wanted.hex);
  // What is empty and was recorded so is as it should be.
  const isMeantEmpty = recorded !== undefined && digest !== undefined && wrong === undefined;
  if (read !== undefined && read.sizeBytes === 0) return isMeantEmpty ? undefined : emptyFinding(file, recorded);
  if (recorded === undefined || digest === undefined) return undefined;
  if (wrong === undefined) return undefined;
  const ranges = rangesOf(recorded, digest);
  const { sizeBytes = digest.sizeBytes } = recorded;
  const isShorter = digest.sizeBytes < sizeBytes && isPrefix(ranges, digest);
  if (isShorter && looksCut(inspection, structure)) return truncatedFinding(file, sizeBytes, digest);
  const [first, ...rest] = ranges ?? [];
  const where = first === undefined ? '' : `, first in bytes ${first.offset} to ${first.endOffset}`;
  const longer = digest.sizeBytes - sizeBytes;
  const size = longer === 0 ? '' : `, and ${Math.abs(longer)} bytes ${longer > 0 ? 'longer' : 'shorter'}`;
  const root: Finding = {
    kind: kindOfDifference(recorded, structure),
    file,
    ...(first ?? placeOf(structure)),
    expected: `${wrong.algorithm}:${wrong.hex}`,
    actual: `${wrong.algorithm}:${digestOf(digest, wrong)}`,
    message: `${printable(file)} is not what ${printable(recorded.source)} records${where}${size}.`,
  };
  return withConsequences(
    root,
    rest.map((range) => rangeFinding(file, root.kind, range)),
  );
}

/**
 * With its structure intact, or of a sort that nothing is known of, the file may have been exchanged; broken, it is damaged.
 * Where no length is on record the structure alone can tell that its end is lost.
 */
function kindOfDifference({ sizeBytes }: RecordedFile, structure: readonly Finding[]): Finding['kind'] {
  const [worst] = worstFirst(structure.filter(({ kind }) => BROKEN.has(kind)));
  if (worst === undefined) return 'altered';
  return sizeBytes === undefined && worst.kind === 'truncated' ? 'truncated' : 'corrupt';
}

/** What says that a structure is broken, and not only odd, unknown or another one than the name claims. */
const BROKEN: ReadonlySet<Finding['kind']> = new Set(['corrupt', 'truncated', 'empty']);

function digestOf(digest: FileDigest, { algorithm }: ExpectedDigest): string | undefined {
  return algorithm === 'sha256' ? digest.sha256 : digest.others[algorithm];
}

/** Where the file differs; undefined when nothing on record tells that. */
function rangesOf({ chunks, sizeBytes }: RecordedFile, read: FileDigest): ByteRange[] | undefined {
  if (chunks === undefined || read.chunks === undefined || sizeBytes === undefined) return undefined;
  return differingRanges({ ...chunks, sizeBytes }, { ...read.chunks, sizeBytes: read.sizeBytes });
}

/** Where the structure is broken: the best guess at the place when nothing on record tells it. */
function placeOf(structure: readonly Finding[]): Pick<Finding, 'offset' | 'endOffset' | 'entry'> {
  const first = structure.find(({ offset }) => offset !== undefined);
  if (first?.offset === undefined) return {};
  const { offset, endOffset, entry } = first;
  return { offset, ...(endOffset === undefined ? {} : { endOffset }), ...(entry === undefined ? {} : { entry }) };
}

/** Whether all that is there, up to the last whole chunk, is as recorded. */
function isPrefix(ranges: readonly ByteRange[] | undefined, { sizeBytes, chunks }: FileDigest): boolean {
  if (ranges === undefined || chunks === undefined) return true;
  const [first] = ranges;
  return first !== undefined && first.offset >= sizeBytes - (sizeBytes % chunks.chunkBytes);
}

/**
 * Whether the structure of a file that is too short agrees that its end is lost. The last chunk cannot be compared, so
 * another, shorter file in its place looks cut by its digests alone.
 */
function looksCut({ format, level, decodedBytes }: Inspection, structure: readonly Finding[]): boolean {
  const [first] = structure;
  // A cut document is broken at a place that does not tell why.
  if (first !== undefined) return first.kind === 'truncated' || format.content === 'json';
  return !(level === 'structure' && decodedBytes > 0);
}

function emptyFinding(file: string, recorded: RecordedFile | undefined): Finding {
  const sizeBytes = recorded?.sizeBytes;
  const sizes = sizeBytes === undefined ? {} : { expected: `${sizeBytes} bytes`, actual: '0 bytes' };
  const range = sizeBytes === undefined ? {} : { offset: 0, endOffset: sizeBytes };
  return { kind: 'empty', file, ...range, ...sizes, message: `${printable(file)} is empty.` };
}

function truncatedFinding(file: string, sizeBytes: number, digest: FileDigest): Finding {
  const lost = sizeBytes - digest.sizeBytes;
  return {
    kind: 'truncated',
    file,
    offset: digest.sizeBytes,
    endOffset: sizeBytes,
    expected: `${sizeBytes} bytes`,
    actual: `${digest.sizeBytes} bytes`,
    message: `${printable(file)} is cut: its last ${lost} bytes are lost, from byte ${digest.sizeBytes} on.`,
  };
}

function rangeFinding(file: string, kind: Finding['kind'], range: ByteRange): Finding {
  return { kind, file, ...range, message: `Bytes ${range.offset} to ${range.endOffset} differ too.` };
}

/** The bytes are those on record, or nothing is on record: the file's own structure and content speak. */
function ownCauses(caseFile: CaseFile, structure: readonly Finding[], contents: readonly Finding[]): Finding[] {
  const [first, ...rest] = worstFirst(structure);
  if (first === undefined)
    return grouped(contents, `entries of ${printable(caseFile.inspection.file)} are not as listed`);
  const stored =
    caseFile.recorded === undefined
      ? ''
      : ` It is byte for byte what ${printable(caseFile.recorded.source)} records: it was stored like this.`;
  const root = { ...first, message: `${first.message}${stored}` };
  return [withConsequences(root, [...rest, ...contents])];
}

/** Several findings of one sort as one: the worst, with the others beneath it. `what` names them all. */
export function grouped(findings: readonly Finding[], what: string): Finding[] {
  const [first, ...rest] = worstFirst(findings);
  if (first === undefined || rest.length === 0) return [...findings];
  return [withConsequences({ ...first, message: `${findings.length} ${what}, first: ${first.message}` }, rest)];
}

function curedReads({ file, read }: Inspection): Finding[] {
  const cured: StoredRead['cured'] = read?.cured ?? [];
  const [first] = cured;
  if (first === undefined) return [];
  const times = cured.length === 1 ? 'once' : `${cured.length} times`;
  const message = `Reading ${printable(file)} failed ${times}, first at byte ${first.offset} (${first.code}); a second read succeeded. The medium is failing.`;
  return [{ kind: 'unstable-read', file, offset: first.offset, message }];
}
