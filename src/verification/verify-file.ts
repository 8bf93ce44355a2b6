import type { Identity } from './age-identities.ts';
import type { WantedDigests } from './chunked-digest.ts';
import { diagnose, type RecordedFile } from './diagnosis.ts';
import type { DigestSource } from './digest-thread.ts';
import { type Finding, printable, type Verdict, verdictOf } from './finding.ts';
import { formatName } from './format.ts';
import { type Inspection, type InspectionOptions, inspectFile, lookAtFile } from './inspection.ts';
import { includesLevel, type Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';

/** How everything is checked, whatever it is. */
export interface VerifyOptions {
  /** How deep to go. Less is reached where a format has no deeper level, or nothing is on record. */
  readonly level: Exclude<Level, 'restore'>;
  readonly limits: VerificationLimits;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  readonly digests?: DigestSource | undefined;
  /** Open what is encrypted with age. */
  readonly identities?: readonly Identity[] | undefined;
  /** Walks the innermost content, whatever it looks like. */
  readonly openContent?: InspectionOptions['openContent'];
}

/** What a check of one path found. */
export interface PathResult {
  /** As it was given, or as the list that names it writes it. */
  readonly path: string;
  readonly verdict: Verdict;
  /** The level at which it was really examined, at most the one asked for. */
  readonly level: Level;
  /** As `formatName` says it, or what kind of directory it is. */
  readonly format: string;
  /** Stored bytes that were read. */
  readonly bytes: number;
  /** Bytes that came out of the decoders; of what is not packed, the bytes themselves. */
  readonly decodedBytes: number;
  /** Entries of archives, tables of dumps, files of directories. */
  readonly entries: number;
  /** Of a file that was read to its end. */
  readonly sha256?: string;
  /** The same of the files of a directory, by path in it, where its check made them. */
  readonly fileDigests?: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Root findings; what followed from each lies beneath it. */
  readonly findings: readonly Finding[];
}

/** One stored file to check. */
export interface FileToVerify {
  readonly path: string;
  readonly directory: string;
  /** Relative to the directory. */
  readonly file: string;
  /** What the system must be asked for where the name is not UTF-8, byte for byte. */
  readonly location?: Uint8Array | undefined;
  readonly recorded?: RecordedFile | undefined;
}

/** Checks one stored file, whatever it is, against what is on record of it and against its own format. */
export async function verifyFile(target: FileToVerify, options: VerifyOptions): Promise<PathResult> {
  const startedMs = performance.now();
  const { directory, file, location, recorded } = target;
  const inspection =
    options.level === 'presence'
      ? await lookAtFile(directory, file, location)
      : await inspectFile({ ...options, directory, file, location, wanted: wantedOf(recorded) });
  const level = levelReached(inspection, recorded, options.level);
  const findings = [
    ...diagnose({ inspection, recorded, contents: [] }),
    ...sizeFindings(inspection, recorded, options),
    ...uncheckedFindings(inspection, level, options),
  ];
  const { read, content, digest, decodedBytes } = inspection;
  const isWhole =
    read !== undefined && read.failure === undefined && !read.changed && read.bytesRead === read.sizeBytes;
  return {
    path: target.path,
    verdict: verdictOf(findings, level === 'presence' && options.level !== 'presence' ? 0 : 1),
    level,
    format: formatName(inspection.format),
    bytes: read?.bytesRead ?? 0,
    decodedBytes,
    entries: content?.entries ?? 0,
    ...(isWhole && digest !== undefined ? { sha256: digest.sha256 } : {}),
    seconds: (performance.now() - startedMs) / 1000,
    findings,
  };
}

/** At level `presence` the length is all that can be compared. */
function sizeFindings(
  { file, read }: Inspection,
  recorded: RecordedFile | undefined,
  { level }: VerifyOptions,
): Finding[] {
  const wanted = recorded?.sizeBytes;
  const isToSay = level === 'presence' && read !== undefined && read.sizeBytes > 0;
  if (!isToSay || wanted === undefined || read.sizeBytes === wanted) return [];
  const message = `${printable(file)} has ${read.sizeBytes} bytes; ${printable(recorded?.source ?? '')} records ${wanted}.`;
  const kind = read.sizeBytes < wanted ? 'truncated' : 'altered';
  return [{ kind, file, expected: `${wanted} bytes`, actual: `${read.sizeBytes} bytes`, message }];
}

function wantedOf(recorded: RecordedFile | undefined): WantedDigests {
  const algorithms = (recorded?.digests ?? []).map(({ algorithm }) => algorithm).filter((name) => name !== 'sha256');
  return { algorithms, chunkBytes: recorded?.chunks?.chunkBytes };
}

function levelReached({ read, level }: Inspection, recorded: RecordedFile | undefined, asked: Level): Level {
  if (read === undefined || asked === 'presence') return 'presence';
  if (includesLevel(level, 'structure') && includesLevel(asked, 'structure')) return 'structure';
  return recorded === undefined ? 'presence' : 'digest';
}

/** What a check says when it could hold the bytes against nothing. */
function uncheckedFindings({ file, read, structure }: Inspection, reached: Level, { level }: VerifyOptions): Finding[] {
  const isUnread = read === undefined || read.sizeBytes === 0 || level === 'presence';
  if (isUnread || reached !== 'presence' || structure.length > 0) return [];
  const name = printable(file);
  if (includesLevel(level, 'structure')) {
    const message = `${name} has no format that is known here, and nothing is on record to compare it with.`;
    return [{ kind: 'unknown-format', file, message }];
  }
  return [
    { kind: 'no-record', file, message: `No digest of ${name} is on record: there is nothing to compare it with.` },
  ];
}
