import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import type { ManifestEntry, WalRange } from './manifest.ts';
import type { WalkedEntry } from './tar-walker.ts';
import {
  DEFAULT_SEGMENT_BYTES,
  isSegmentName,
  isSegmentSize,
  readSegmentHeader,
  segmentStart,
  segmentsOf,
} from './wal.ts';

/** Collects the WAL segments of a recovery point while its archives stream past, and judges them. */
export class WalContents {
  readonly #segments = new Map<string, { readonly file: string; readonly entry: WalkedEntry }>();
  readonly #recordedSegmentBytes: number | undefined;

  /** `listed` are the entries on record, where there are any: they tell the length of segments that are all lost. */
  constructor(listed: readonly ManifestEntry[]) {
    this.#recordedSegmentBytes = listed.find(
      ({ path, sizeBytes }) => isSegmentName(path) && isSegmentSize(sizeBytes),
    )?.sizeBytes;
  }

  /** Takes an entry of an archive; what is no WAL segment is left aside. It needs the head of its data. */
  take(file: string, entry: WalkedEntry): void {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    if (entry.type === 'file' && isSegmentName(name)) this.#segments.set(name, { file, entry });
  }

  /** The length of the segments: that of most of them, so that a wrong one is found to be wrong. */
  get segmentBytes(): number {
    const counts = new Map<number, number>();
    for (const { entry } of this.#segments.values()) {
      if (isSegmentSize(entry.sizeBytes)) counts.set(entry.sizeBytes, (counts.get(entry.sizeBytes) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return most?.[0] ?? this.#recordedSegmentBytes ?? DEFAULT_SEGMENT_BYTES;
  }

  /**
   * What is wrong with the segments themselves: length, the position and timeline that their own header states, and the
   * cluster they belong to.
   */
  segmentFindings(systemIdentifier: bigint | undefined): Finding[] {
    const { segmentBytes } = this;
    const findings: Finding[] = [];
    for (const [name, { file, entry }] of this.#segments) {
      const wrong = segmentProblem(name, entry, segmentBytes, systemIdentifier);
      if (wrong === undefined) continue;
      const message = `The WAL segment ${printable(entry.path)} ${wrong}.`;
      findings.push({ kind: 'corrupt', file, entry: entry.path, decodedOffset: entry.dataOffset, message });
    }
    return findings;
  }

  /** The segments that a range needs and nobody saw. `file` is where they should be; `source` says who needs them. */
  missingFindings(ranges: readonly WalRange[], file: string, source: string): Finding[] {
    const findings = new FindingList(file);
    for (const range of ranges) {
      const names = segmentsOf(range, this.segmentBytes);
      const words = printable(`${range.startLsn} to ${range.endLsn}`);
      if (names === undefined)
        findings.add({ kind: 'corrupt', message: `${source} names a WAL range that is none: ${words}.` });
      for (const name of names ?? []) {
        if (this.#segments.has(name)) continue;
        const message = `The WAL segment ${name}, which ${source} needs (${words}), is not there.`;
        findings.add({ kind: 'missing', entry: name, message });
      }
    }
    return findings.all();
  }
}

function segmentProblem(
  name: string,
  entry: WalkedEntry,
  segmentBytes: number,
  systemIdentifier: bigint | undefined,
): string | undefined {
  if (entry.sizeBytes !== segmentBytes) return `has ${entry.sizeBytes} bytes instead of ${segmentBytes}`;
  const header = readSegmentHeader(entry.head);
  if (header === undefined) return 'does not begin with the header of a segment';
  if (header.segmentBytes !== segmentBytes) return `says that segments have ${header.segmentBytes} bytes`;
  if (header.startLsn !== segmentStart(name, segmentBytes)) return 'holds another part of the log than its name says';
  // The first segment of a new timeline is a copy that begins with pages of the old one.
  if (header.timeline > Number.parseInt(name.slice(0, 8), 16)) return `belongs to timeline ${header.timeline}`;
  if (systemIdentifier !== undefined && header.systemIdentifier !== systemIdentifier) {
    return `belongs to another cluster (system identifier ${header.systemIdentifier} instead of ${systemIdentifier})`;
  }
  return undefined;
}
